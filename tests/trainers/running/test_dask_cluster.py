"""Runs on a Dask cluster: whole commands, workers and commands that are killed."""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from lipschitz import ConfigError, MissingExtraError, TrainingError
from lipschitz_trainers.config import load_run
from lipschitz_trainers.running import dask_cluster as module
from lipschitz_trainers.running.attempts import MOST, reached_in
from lipschitz_trainers.running.dask_cluster import LocalWorkers, connected
from lipschitz_trainers.running.holder import Holder, read_holder
from lipschitz_trainers.running.jobs import Job, execute_all
from lipschitz_trainers.running.lock import FILE, lock_folder
from lipschitz_trainers.running.run import run

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask leaves files and sockets to the garbage collector

LONG = 150


@pytest.fixture
def make_jobs(make_config, tmp_path):
    """Return a function that makes jobs; evaluation, which needs slow imports, is left out."""

    def make(n=2, out=tmp_path / "out", **changes):
        (out / "runs").mkdir(parents=True, exist_ok=True)
        given = {
            "steps": LONG,
            "checkpoint": {"every": 20},
            "evaluation": {"samples": 8, "metrics": []},
        } | changes
        return [
            Job("a", seed, make_config(seed=seed, **given), out / "runs" / f"a-seed{seed}", out / ".stop")
            for seed in range(n)
        ]

    return make


@pytest.fixture
def carry_out():
    """Return a function that runs jobs on a cluster of one worker and returns their results by seed."""

    def call(jobs, scheduler="local", workers=1):
        seen = {}
        execute_all(
            jobs,
            workers=workers,
            scheduler=scheduler,
            on_done=lambda job, result: seen.update({job.seed: result}),
        )
        return seen

    return call


class Killer(threading.Thread):
    """Kills the process of a run, `times` times, each time it has come to an iteration."""

    def __init__(self, folder, times, at=1):
        super().__init__(daemon=True)
        self.folder, self.times, self.at, self.killed = folder, times, at, []

    def run(self):
        while len(self.killed) < self.times:
            time.sleep(0.01)
            holder = read_holder(self.folder / FILE)
            if holder is not None and holder.pid not in self.killed and reached_in(self.folder) >= self.at:
                self.killed.append(holder.pid)
                os.kill(holder.pid, signal.SIGKILL)


def test_a_run_whose_worker_is_killed_goes_on_and_ends_the_same(make_jobs, carry_out, contents, tmp_path):
    (job,) = make_jobs(1)
    killer = Killer(job.folder, times=1)
    killer.start()
    assert carry_out([job])[0]["status"] == "done"
    assert len(killer.killed) == 1
    run(load_run(job.folder / "config.yaml"), tmp_path / "undisturbed")
    assert contents(job.folder) == contents(tmp_path / "undisturbed")
    assert not (job.folder / FILE).exists()
    assert not (job.folder / "attempt.json").exists()


@pytest.mark.large
def test_a_run_that_always_kills_its_worker_fails_and_the_others_are_done(make_jobs, carry_out):
    jobs = make_jobs(3, checkpoint={"every": None}, steps=LONG)
    killer = Killer(jobs[0].folder, times=MOST, at=0)
    killer.start()
    results = carry_out(jobs)
    assert len(killer.killed) == MOST
    assert {seed: result["status"] for seed, result in results.items()} == {0: "failed", 1: "done", 2: "done"}
    assert f"died {MOST} times without getting beyond generator iteration 0" in results[0]["error"]


COMMAND = """
import sys, yaml
from pathlib import Path
from lipschitz_trainers.config import make_experiment
from lipschitz_trainers.running.experiment import make_jobs, run_experiment
out, scheduler = Path(sys.argv[1]), sys.argv[2]
values = yaml.safe_load(Path(sys.argv[3]).read_text())
jobs = make_jobs(make_experiment(values, "x").resolve(), out, resume=True)
run_experiment(jobs, out, name="x", profile="quick", command="", analysis={"name": "comparison"}, workers=1,
               scheduler=scheduler)
"""


@pytest.fixture
def command(make_config, tmp_path):
    """Return a function that starts a command with two runs, one after the other, and one that carries it out here."""
    import subprocess

    import yaml

    from lipschitz_trainers.config.plain import to_plain

    plain = to_plain(
        make_config(steps=LONG, checkpoint={"every": 20}, evaluation={"samples": 8, "metrics": []})
    )
    plain.pop("seed")
    experiment = {
        "description": "x",
        "base": plain,
        "variants": {"a": {}},
        "profiles": {"quick": None},
        "seeds": 2,
    }
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(experiment))
    started = []

    def start(out, scheduler):
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(out), scheduler, str(tmp_path / "x.yaml")],
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        return process

    def here(out, scheduler=None):
        from lipschitz_trainers.config import make_experiment
        from lipschitz_trainers.running.experiment import make_jobs, run_experiment

        jobs = make_jobs(make_experiment(experiment, "x").resolve(), out, resume=True)
        told = []
        results = run_experiment(
            jobs, out, name="x", profile="quick", command="", analysis={"name": "comparison"}, workers=1,
            scheduler=scheduler,
            on_done=lambda job, result: told.append((job.seed, result["status"], result.get("earlier", False))),
        )  # fmt: skip
        return results, told

    yield start, here
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(condition, process, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_command_is_restarted_and_repeats_nothing(command, tmp_path, contents):
    start, here = command
    out = tmp_path / "out"
    first, second = (out / "runs" / f"a-seed{seed}" for seed in (0, 1))
    process = start(out, "local")
    wait_for(lambda: (first / "result.json").exists() and reached_in(second) > 0, process)
    with pytest.raises(ConfigError, match=f"being written by process {process.pid} on"):
        here(out)
    process.kill()
    process.communicate()
    before = (first / "result.json").read_bytes()
    assert 0 < reached_in(second) < LONG
    results, told = here(out)
    assert told == [(0, "done", True), (1, "done", False)]
    assert [entry["status"] for entry in results["runs"]] == ["done", "done"]
    assert (first / "result.json").read_bytes() == before
    run(load_run(second / "config.yaml"), tmp_path / "undisturbed")
    assert contents(second) == contents(tmp_path / "undisturbed")


@pytest.mark.large
def test_a_whole_command_on_a_cluster_of_this_machine(tmp_path):
    import subprocess

    sets = {
        "steps": 4, "batch_size": 16, "critic.steps": 1, "evaluation.samples": 32, "evaluation.every": "null",
        "evaluation.metrics": "[w1]",
    }  # fmt: skip
    words = ["compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", "1"]
    words += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
    here, there = (tmp_path / name for name in ("here", "there"))
    for more in (
        ["--workers", "1", "--out", here],
        ["--scheduler", "local", "--workers", "2", "--out", there],
    ):
        command = [sys.executable, "-m", "lipschitz_trainers", *words, *map(str, more)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["done", "done"]
    assert (there / "report.html").exists()
    found = [json.loads((folder / "results.json").read_text())["runs"] for folder in (here, there)]
    assert [run["metrics"]["w1"] for run in found[0]] == [run["metrics"]["w1"] for run in found[1]]


@pytest.mark.large
def test_a_run_of_a_killed_command_stops_on_its_worker_for_the_next_command(command, tmp_path, contents):
    from distributed import LocalCluster

    start, here = command
    out = tmp_path / "out"
    folder = out / "runs" / "a-seed0"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        process = start(out, cluster.scheduler_address)
        wait_for(lambda: reached_in(folder) > 0, process)
        process.kill()
        process.communicate()
        _, told = here(out, cluster.scheduler_address)
    assert sorted(told)[0][:2] == (0, "done")
    run(load_run(folder / "config.yaml"), tmp_path / "undisturbed")
    assert contents(folder) == contents(tmp_path / "undisturbed")


def test_a_run_stops_when_another_command_took_over(make_jobs, tmp_path):
    from lipschitz_trainers.running.jobs import execute

    (job,) = make_jobs(1, steps=10**6)
    old = lock_folder(job.stop_file.parent)
    results = []
    thread = threading.Thread(target=lambda: results.append(execute(replace(job, ticket=old.ticket))))
    thread.start()
    while reached_in(job.folder) == 0:
        time.sleep(0.01)
    old.ticket.path.write_text(json.dumps(asdict(Holder.here())))
    thread.join(60)
    assert results[0]["status"] == "interrupted"
    assert "a checkpoint was written" in results[0]["error"]
    assert not (job.folder / FILE).exists()
    old.release()


def test_a_scheduler_that_does_not_answer(make_jobs, carry_out, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_TO_CONNECT", 1)
    with pytest.raises(ConfigError, match=r"cannot reach a Dask scheduler at tcp://127.0.0.1:9: .*1 s"):
        carry_out(make_jobs(), scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ConfigError, match="cannot reach a Dask scheduler at nowhere"):
        carry_out(make_jobs(), scheduler="nowhere")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtraError, match=r"torch-lipschitz\[sweep\]"),
        connected("local", [], 1, print),
    ):
        pass


def test_a_cluster_without_processes_is_given_up_after_a_while(monkeypatch):
    class Worker:
        alive = True

        def is_alive(self):
            return self.alive

    class Client:
        class cluster:
            workers = {0: Worker()}

    monkeypatch.setattr(module, "SECONDS_WITHOUT_WORKER", 0.0)
    watch = LocalWorkers(Client())
    watch.require()
    Worker.alive = False
    time.sleep(0.01)
    with pytest.raises(TrainingError, match=r"ended and did not come back.*--resume"):
        watch.require()
    LocalWorkers(object()).require()  # elsewhere, workers may come back hours later
