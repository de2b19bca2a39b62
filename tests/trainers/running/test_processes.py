"""Runs in several processes; those that start some take a quarter of a minute each, so all but one are large."""

import json
import math
import os
import subprocess
import sys
import textwrap
import time

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.running import processes
from lipschitz_trainers.running.run import run
from lipschitz_trainers.training.checkpoints import CheckpointFolder

DOUBLE = {"precision": "64-true", "devices": 2}


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Return a function that installs a constraint with the given body of `penalty`, for other processes, too."""

    def install(body):
        site = tmp_path / "site"
        info = site / "faulty-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[lipschitz]\nfaulty = faulty\n")
        source = f"""
            import os, time
            from dataclasses import dataclass
            import lipschitz

            @dataclass(frozen=True, kw_only=True)
            class Faulty(lipschitz.Constraint):
                "Fails."
                name = "faulty"

                def penalty(self, critic, batch):
                    {body}
                    return lipschitz.no_penalty(batch)

            @lipschitz.hookimpl
            def register_constraints(register):
                register(Faulty)
        """
        (site / "faulty.py").write_text(textwrap.dedent(source))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
        monkeypatch.syspath_prepend(site)
        return site

    return install


def test_two_processes_give_the_folder_of_one(make_config, contents, tmp_path):
    assert run(make_config(precision="64-true"), tmp_path / "one")["status"] == "done"
    result = run(make_config(**DOUBLE), tmp_path / "two")
    assert result["status"] == "done", result["error"]
    one, two = (
        {p.relative_to(f).as_posix() for p in f.rglob("*")} for f in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    expected, got = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert [record.keys() for record in expected["records"]] == [record.keys() for record in got["records"]]
    for key, value in expected["metrics"].items():
        assert math.isclose(value, got["metrics"][key], rel_tol=1e-6), key


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch_size": 15}, "batch_size 15 must be a multiple of the number of processes, 2."),
        (
            {"generator": {"batch_size": 9}},
            "the generator's batch_size 9 must be a multiple of the number of processes, 2.",
        ),
    ],
)
def test_shares_that_are_not_equal_are_refused_before_anything_starts(
    make_config, tmp_path, monkeypatch, changes, said
):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started"))
    if "generator" in changes:
        changes = {"generator": {"network": "mlp", "latent": 2, "optimizer": "adam", "batch_size": 9}}
    result = run(make_config(devices=2, **changes), tmp_path / "run")
    assert result["status"] == "failed"
    assert result["error"] == said


def test_torchrun_around_the_command_is_refused(make_config, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(ConfigError, match="start the command without torchrun"):
        run(make_config(devices=2), tmp_path)


@pytest.fixture
def reports(make_config, tmp_path):
    """Return a function from what processes report to the outcome of their run."""

    def outcome(*given):
        (tmp_path / processes.LOG).write_text("what they printed")
        for process, report in enumerate(given):
            if report is not None:
                status, at, error = report
                content = {
                    "status": status,
                    "at": at,
                    "error": error,
                    "metrics": {"w1": 1.0} if status == "done" else {},
                }
                processes.report_file(tmp_path, process).write_text(json.dumps(content))
        result = processes._outcome(make_config(devices=len(given)), tmp_path)
        left = sorted(path.name for path in tmp_path.iterdir())
        return result["status"], result["error"], left

    return outcome


def test_the_first_process_reports_a_success(reports):
    assert reports(("done", 2.0, None), ("done", 1.0, None)) == ("done", None, [])


def test_the_earliest_failure_is_the_reason(reports):
    assert reports(("failed", 2.0, "lost the other"), ("failed", 1.0, "bad plugin")) == (
        "failed",
        "bad plugin",
        [],
    )


def test_a_failure_beats_a_success(reports):
    assert reports(("done", 1.0, None), ("failed", 2.0, "bad plugin")) == ("failed", "bad plugin", [])


def test_a_process_that_was_killed_is_named(reports):
    status, error, left = reports(("failed", 2.0, "lost the other"), None)
    assert status == "failed"
    assert error.startswith("lost the other (process 1 of 2 ended without a report; see ")
    assert left == [processes.LOG]


def test_processes_that_never_began(reports):
    status, error, left = reports(None, None)
    assert status == "failed"
    assert error.startswith("no process reported (process 0, 1 of 2 ended without a report; see ")
    assert left == [processes.LOG]


@pytest.mark.large
def test_stopped_and_resumed_equals_uninterrupted(make_config, contents, tmp_path):
    config = make_config(**DOUBLE, steps=400, checkpoint={"every": 10})
    run(config, tmp_path / "whole")
    folder = tmp_path / "parts"

    def halfway():
        return CheckpointFolder(folder / "checkpoints").newest_iteration() is not None

    first = run(config, folder, should_stop=halfway)
    assert first["status"] == "interrupted", first
    assert "checkpoint was written" in first["error"]
    assert CheckpointFolder(folder / "checkpoints").newest_iteration() < 400
    assert run(config, folder, resume=True)["status"] == "done"
    assert contents(folder) == contents(tmp_path / "whole")


@pytest.mark.large
@pytest.mark.parametrize("process", [0, 1])
def test_an_error_in_one_process_ends_the_run_with_its_message(make_config, tmp_path, plugin, process):
    plugin(f"if batch.step == 3 and os.environ.get('RANK') == '{process}': raise ValueError('only here')")
    config = make_config(devices=2, constraint="one_sided_gradient_penalty")
    started = time.monotonic()
    result = run_in_child(config, tmp_path)
    assert time.monotonic() - started < 60
    assert result["status"] == "failed"
    assert result["error"].startswith("ValueError: only here (traceback in ")


@pytest.mark.large
def test_a_killed_process_ends_the_run(make_config, tmp_path, plugin):
    plugin("if batch.step == 3 and os.environ.get('RANK') == '1': os.kill(os.getpid(), 9)")
    result = run_in_child(make_config(devices=2), tmp_path)
    assert result["status"] == "failed"
    assert "process 1 of 2 ended without a report" in result["error"]


def run_in_child(config, tmp_path):
    """Run a configuration under the installed plugin in a fresh process, whose registry knows it."""
    from lipschitz_trainers.config import save_run

    save_run(config, tmp_path / "config.yaml")
    command = [
        sys.executable,
        "-m",
        "lipschitz_trainers",
        "train",
        tmp_path / "config.yaml",
        "--out",
        tmp_path / "run",
    ]
    subprocess.run(
        [*command, "--set", "constraint={name: faulty}"], timeout=300, check=False, capture_output=True
    )
    return json.loads((tmp_path / "run" / "result.json").read_text())


def test_what_the_processes_printed_is_passed_on_once(tmp_path, caplog):
    (tmp_path / "log").write_text("careful: samples are coupled\ncareful: samples are coupled\n")
    processes._pass_on(tmp_path / "log")
    assert caplog.messages == ["careful: samples are coupled"]
    assert not (tmp_path / "log").exists()
