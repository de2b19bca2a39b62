"""One run: its folder, its result, resuming, and failures that are results."""

import json
import time
from dataclasses import dataclass

import pytest
import torch

import lipschitz
from lipschitz.registry import registered
from lipschitz_trainers.config import load_run
from lipschitz_trainers.running import lock
from lipschitz_trainers.running import run as module
from lipschitz_trainers.running.lock import FolderInUse, lock_folder
from lipschitz_trainers.running.run import finished_result, run


@dataclass(frozen=True, kw_only=True)
class Breaks(lipschitz.Constraint):
    """Fails at the critic step `at`."""

    name = "breaks"
    at: int = 0

    def penalty(self, critic, batch):
        if batch.step == self.at:
            raise RuntimeError("this plugin is broken")
        return lipschitz.no_penalty(batch)


def test_leaves_everything_in_its_folder(make_config, finished):
    left = {path.relative_to(finished).as_posix() for path in finished.rglob("*") if path.is_file()}
    assert left == {
        "config.yaml",
        "metrics.jsonl",
        "result.json",
        "checkpoints/iteration-00000004.ckpt",
        "checkpoints/iteration-00000006.ckpt",
        "artifacts/samples.npz",
        "artifacts/surface.npz",
        "artifacts/weights.npz",
        "artifacts/progress/step-00000003.npz",
        "artifacts/progress/step-00000006.npz",
    }
    result = json.loads((finished / "result.json").read_text())
    assert result["status"] == "done"
    assert result["error"] is None
    assert result["wall_seconds"] > 0
    assert 0 < result["cpu_seconds"] == result["metrics"]["cpu_seconds"]
    assert result["metrics"].keys() == {"w1", "w1_floor", "critic_step_seconds", "cpu_seconds"}


def test_its_configuration_runs_alone_and_gives_the_same(finished, contents, tmp_path):
    run(load_run(finished / "config.yaml"), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(finished)


def test_numbers_do_not_depend_on_the_threads_there_are(
    make_config, finished, contents, tmp_path, monkeypatch
):
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    run(make_config(), tmp_path / "again")
    assert threads == [1, torch.get_num_threads()]


def test_a_finished_run_is_not_run_again(make_config, finished, monkeypatch):
    before = json.loads((finished / "result.json").read_text())
    monkeypatch.setattr(module, "train_here", lambda *_: pytest.fail("trained again"))
    assert run(make_config(), finished, resume=True) == before


@pytest.mark.parametrize("stop", range(6))
def test_stopped_after_any_iteration_and_resumed_equals_uninterrupted(
    make_config, finished, contents, tmp_path, stop
):
    asked = []
    first = run(make_config(), tmp_path / "parts", should_stop=lambda: asked.append(1) or len(asked) > stop)
    assert first["status"] == "interrupted"
    assert first["error"] == f"stopped after {stop} of 6 generator iterations; a checkpoint was written."
    second = run(make_config(), tmp_path / "parts", resume=True)
    assert second["wall_seconds"] > first["wall_seconds"]
    assert second["cpu_seconds"] > first["cpu_seconds"] > 0
    assert contents(tmp_path / "parts") == contents(finished)


@pytest.mark.parametrize("steps", [6, 5])
def test_a_run_that_died_at_its_very_end_records_its_evaluation_once(
    make_config, contents, tmp_path, monkeypatch, steps
):
    config = make_config(steps=steps, evaluation={"samples": 32, "every": 3, "metrics": ["w1"]})
    run(config, tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(
            "lipschitz_trainers.running.here.save_artifacts",
            lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            run(config, tmp_path / "parts")
    assert not (tmp_path / "parts" / "result.json").exists()
    run(config, tmp_path / "parts", resume=True)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def dies(*_):
    raise KeyboardInterrupt  # what comes after is as if the process was killed


def test_seconds_up_to_the_last_checkpoint_of_an_attempt_that_was_killed_count(
    make_config, contents, finished, tmp_path, monkeypatch
):
    """The clocks jump at the fourth iteration and are right again in the attempt that follows."""
    asked = []
    clocks = {name: getattr(time, name) for name in ("perf_counter", "process_time")}
    with monkeypatch.context() as patch:
        for name, clock in clocks.items():
            patch.setattr(time, name, lambda clock=clock: clock() + (1000 if len(asked) > 3 else 0))
        with pytest.raises(KeyboardInterrupt):
            run(
                make_config(),
                tmp_path / "parts",
                should_stop=lambda: asked.append(1) or (len(asked) > 5 and dies()),
            )
    assert not (tmp_path / "parts" / "result.json").exists()
    result = run(make_config(), tmp_path / "parts", resume=True)
    for key in ("wall_seconds", "cpu_seconds"):
        assert 1000 < result[key] < 2000
    assert result["metrics"]["cpu_seconds"] == result["cpu_seconds"]
    assert contents(tmp_path / "parts") == contents(finished)


def test_seconds_are_counted_once_however_often_a_run_is_stopped_and_killed(
    make_config, tmp_path, monkeypatch
):
    now = [0.0]
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(time, name, lambda: now[0])

    def attempt(stop_after=None, die_after=None):
        asked = []

        def stop():
            asked.append(1)
            now[0] += 1  # an iteration takes a second
            if len(asked) == die_after:
                dies()
            return len(asked) == stop_after

        return run(make_config(), tmp_path, resume=True, should_stop=stop)

    # Stopped when it would begin the second iteration: 1 is done, 2 seconds are over.
    assert attempt(stop_after=2)["cpu_seconds"] == 2
    with pytest.raises(KeyboardInterrupt):
        attempt(die_after=4)  # dies in the fifth iteration; the fourth ended with a checkpoint, at second 5
    done = attempt()  # the fifth and sixth
    assert done["status"] == "done"
    assert done["cpu_seconds"] == done["wall_seconds"] == 7


def test_a_checkpoint_without_seconds_counts_none(make_config, tmp_path):
    run(make_config(steps=4), tmp_path)
    (tmp_path / "result.json").unlink()
    for path in (tmp_path / "checkpoints").iterdir():
        state = torch.load(path, weights_only=True)
        assert state.pop("spent")["cpu_seconds"] > 0
        torch.save(state, path)
    assert 0 < run(make_config(), tmp_path, resume=True)["cpu_seconds"] < 1000


@pytest.mark.parametrize("first", [3, 4])
def test_a_run_made_longer_equals_one_that_was_long_from_the_start(make_config, contents, tmp_path, first):
    run(make_config(steps=first), tmp_path / "parts")
    run(make_config(steps=7), tmp_path / "parts", resume=True)
    run(make_config(steps=7), tmp_path / "whole")
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_judged_anew_when_asked_for_other_numbers(make_config, finished):
    config = make_config(evaluation={"samples": 64, "metrics": ["sliced_w1"]})
    assert finished_result(config, finished) is None
    assert "sliced_w1" in run(config, finished, resume=True)["metrics"]


def test_a_broken_plugin_is_a_result_with_a_traceback_in_the_folder(make_config, tmp_path):
    with registered(Breaks):
        result = run(make_config(constraint={"name": "breaks", "at": 3}), tmp_path / "run")
    assert result["status"] == "failed"
    assert result["error"].startswith("RuntimeError: this plugin is broken (traceback in ")
    assert "in penalty" in (tmp_path / "run" / "error.txt").read_text()
    assert not (tmp_path / "run" / "progress").exists()


def test_a_refused_critic_is_a_result(make_config, tmp_path):
    network = {"name": "mlp", "width": 8, "depth": 1, "normalization": "batch"}
    critic = {"network": network, "optimizer": "adam"}
    result = run(make_config(critic=critic), tmp_path / "run")
    assert result["status"] == "failed"
    assert "BatchNorm" in result["error"]
    assert "LayerNorm" in result["error"]
    assert not (tmp_path / "run" / "error.txt").exists()


def test_a_run_that_diverges_keeps_its_records(make_config, tmp_path):
    critic = {"network": "mlp", "optimizer": {"name": "sgd", "lr": 1e30}}
    result = run(make_config(critic=critic, objective="least_squares", steps=50), tmp_path / "run")
    assert result["status"] == "failed"
    assert "training diverged" in result["error"]
    assert (tmp_path / "run" / "metrics.jsonl").read_text()


def test_a_number_that_is_none_is_null_in_the_result_too(make_config, tmp_path, monkeypatch):
    monkeypatch.setattr("lipschitz_trainers.metrics.w1.W1.measure", lambda *_: {"w1": float("nan")})
    result = run(make_config(), tmp_path / "run")
    assert result["metrics"]["w1"] is None
    assert json.loads((tmp_path / "run" / "result.json").read_text()) == result


def test_a_folder_that_is_being_written_is_refused(make_config, tmp_path):
    with lock_folder(tmp_path), pytest.raises(FolderInUse, match="is being written by process"):
        run(make_config(), tmp_path)
    assert run(make_config(), tmp_path)["status"] == "done"


def test_waiting_for_a_folder_can_be_stopped(make_config, tmp_path):
    with lock_folder(tmp_path):
        result = run(make_config(), tmp_path, should_stop=lambda: True, patience=60)
    assert result["status"] == "interrupted"
    assert "stopped while waiting" in result["error"]


def test_whoever_loses_its_folder_stops_and_writes_nothing_more(make_config, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "BEAT", 0.01)
    kept = {}

    def take_over(_=None):
        if (tmp_path / "checkpoints" / "iteration-00000004.ckpt").exists() and not kept:
            (tmp_path / lock.FILE).write_text("another's")
            kept.update({path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()})
            time.sleep(0.5)
        return False

    with pytest.raises(lock.LockLost):
        run(make_config(steps=100), tmp_path, should_stop=take_over)
    kept.pop(tmp_path / "progress", None)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    metrics = tmp_path / "metrics.jsonl"
    assert after.pop(metrics).splitlines()[:-1] in (
        kept[metrics].splitlines(),
        kept[metrics].splitlines()[:-1],
    )
    kept.pop(metrics)
    assert after == kept
