"""Many runs: order, failures beside successes, stopping, processes that die."""

import os
import signal
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import pytest

from lipschitz_trainers.running import jobs as module
from lipschitz_trainers.running.jobs import Job, execute, execute_all
from lipschitz_trainers.running.run import run


@pytest.fixture
def make_jobs(make_config, tmp_path):
    def make(n=3, **changes):
        return [
            Job("a", seed, make_config(seed=seed, **changes), tmp_path / f"a-seed{seed}", tmp_path / ".stop")
            for seed in range(n)
        ]

    return make


@pytest.fixture
def carry_out():
    """Return a function that runs jobs in this process and returns statuses and errors in the order reported."""

    def call(jobs, **more):
        seen = []
        arguments = {"workers": 1, "scheduler": None} | more
        execute_all(
            jobs,
            **arguments,
            on_done=lambda job, result: seen.append((job.seed, result["status"], result["error"])),
        )
        return seen

    return call


class InTurn:
    """An executor that calls at once; `fate` may raise in the place of a call."""

    def __init__(self, fate=lambda job: None):
        self.fate = fate

    def submit(self, function, job):
        future = Future()
        try:
            self.fate(job)
            future.set_result(function(job))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def pool(monkeypatch):
    """Put executors that call at once in the place of process pools."""
    sizes = []

    def install(*fates):
        left = list(fates)

        @contextmanager
        def process_pool(workers, shares=()):
            sizes.append(workers)
            yield InTurn(left.pop(0)) if left else InTurn()

        monkeypatch.setattr(module, "process_pool", process_pool)
        return sizes

    return install


def test_every_job_is_reported_in_turn(make_jobs, carry_out):
    assert carry_out(make_jobs()) == [(0, "done", None), (1, "done", None), (2, "done", None)]


def test_finished_ones_are_reported_first_and_not_run_again(make_jobs, carry_out, monkeypatch):
    jobs = make_jobs()
    run(jobs[1].config, jobs[1].folder)
    ran = []
    monkeypatch.setattr(module, "execute", lambda job: ran.append(job.seed) or execute(job))
    assert [seed for seed, _, _ in carry_out(jobs)] == [1, 0, 2]
    assert ran == [0, 2]


def test_a_job_in_a_folder_that_cannot_be_used_fails_alone(make_jobs, carry_out):
    jobs = make_jobs()
    jobs[0].folder.write_text("a file")
    seen = carry_out(jobs)
    assert [status for _, status, _ in seen] == ["failed", "done", "done"]
    assert "is a file" in seen[0][2]


def test_after_ctrl_c_the_others_are_not_begun(make_jobs, monkeypatch, carry_out):
    from lipschitz_trainers.training.trainer import Trainer

    record = Trainer._record

    def interrupt(trainer, done):
        record(trainer, done)
        if trainer.game.random.seed == 1 and trainer.game.iteration == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Trainer, "_record", interrupt)
    before = signal.getsignal(signal.SIGINT)
    jobs = make_jobs()
    assert carry_out(jobs) == [
        (0, "done", None),
        (1, "interrupted", "stopped after 3 of 6 generator iterations; a checkpoint was written."),
        (2, "interrupted", "not begun"),
    ]
    assert signal.getsignal(signal.SIGINT) is before
    assert not jobs[2].folder.exists()


def test_ctrl_c_while_a_run_is_being_built_counts(make_jobs, monkeypatch, carry_out):
    from lipschitz_trainers.running import here

    build = here.build_trainer
    monkeypatch.setattr(
        here, "build_trainer", lambda *given: os.kill(os.getpid(), signal.SIGINT) or build(*given)
    )
    assert [error for _, _, error in carry_out(make_jobs(2))] == [
        "stopped after 0 of 6 generator iterations; a checkpoint was written.",
        "not begun",
    ]


def test_the_stop_file_stops_whoever_sees_it(make_jobs):
    (job,) = make_jobs(1)
    job.stop_file.touch()
    assert execute(job) == module.not_begun()
    assert not job.folder.exists()


def test_a_stop_file_left_by_a_crash_stops_nothing(make_jobs, carry_out):
    jobs = make_jobs(1)
    jobs[0].stop_file.touch()
    assert carry_out(jobs) == [(0, "done", None)]


def test_a_job_that_was_cut_off_goes_on(make_jobs, contents):
    (job,) = make_jobs(1)
    run(job.config, job.folder.with_name("whole"))
    asked = []
    run(job.config, job.folder, should_stop=lambda: asked.append(1) or len(asked) > 4)
    assert execute(job)["status"] == "done"
    assert contents(job.folder) == contents(job.folder.with_name("whole"))


def test_no_more_processes_than_jobs(make_jobs, carry_out, pool):
    sizes = pool()
    assert len(carry_out(make_jobs(), workers=8)) == 3
    assert sizes == [3]


def test_one_job_needs_no_pool(make_jobs, carry_out, pool):
    sizes = pool()
    assert carry_out(make_jobs(1), workers=8) == [(0, "done", None)]
    assert sizes == []


def test_the_one_that_kills_its_process_fails_and_the_others_finish(make_jobs, carry_out, pool):
    def broken(job):
        raise BrokenProcessPool("a process died")

    def first_only(job):
        if job.seed == 0:
            broken(job)

    sizes = pool(broken, first_only, first_only, first_only)
    seen = carry_out(make_jobs(), workers=2)
    assert sizes == [2, 1, 1, 1]
    assert sorted(seen) == [
        (0, "failed", "the process of this run died: killed, or short of memory."),
        (1, "done", None),
        (2, "done", None),
    ]


def test_a_result_that_cannot_come_back_is_a_failure(make_jobs, carry_out, pool):
    def unreadable(job):
        raise TypeError("cannot unpickle")

    pool(unreadable)
    assert {error for _, _, error in carry_out(make_jobs(), workers=2)} == {
        "its worker failed: TypeError: cannot unpickle"
    }


class KilledWorker(Exception):
    """As Dask calls it."""


@pytest.fixture
def dask(monkeypatch):
    """Put an executor that calls at once in the place of a Dask cluster; it has the fate of each job decided."""

    def install(fate):
        @contextmanager
        def connected(*_):
            yield None

        monkeypatch.setattr(module, "connected", connected)
        monkeypatch.setattr(module, "executor_on", lambda *_: InTurn(fate))

    return install


def test_runs_under_which_dask_lost_workers_are_handed_over_again(make_jobs, carry_out, dask):
    tried = []

    def fate(job):
        tried.append(job.seed)
        if job.seed == 0 or (job.seed == 1 and tried.count(1) < 3):
            raise KilledWorker

    dask(fate)
    seen = carry_out(make_jobs(), scheduler="there")
    assert sorted(seen) == [
        (0, "failed", "the process of this run died: killed, or short of memory."),
        (1, "done", None),
        (2, "done", None),
    ]
    assert [tried.count(seed) for seed in range(3)] == [4, 3, 1]


def test_runs_that_go_down_with_their_scheduler_are_interrupted(make_jobs, carry_out, dask, monkeypatch):
    dask(lambda job: None)
    cancelled = Future()
    cancelled.cancel()
    cancelled.set_running_or_notify_cancel()
    monkeypatch.setattr(InTurn, "submit", lambda *_: cancelled)
    assert carry_out(make_jobs(1), scheduler="there") == [(0, "interrupted", "lost with its Dask scheduler")]


def test_after_ctrl_c_runs_that_no_worker_has_taken_are_not_waited_for(
    make_jobs, carry_out, dask, monkeypatch
):
    dask(lambda job: None)
    submit = InTurn.submit

    def taken_by_nobody(executor, function, job):
        if job.seed == 0:
            return submit(executor, function, job)
        os.kill(os.getpid(), signal.SIGINT)
        return Future()

    monkeypatch.setattr(InTurn, "submit", taken_by_nobody)
    assert sorted(carry_out(make_jobs(2), scheduler="there")) == [
        (0, "done", None),
        (1, "interrupted", "not begun"),
    ]


def test_a_worker_that_does_not_see_the_folder_says_so(make_jobs, tmp_path):
    from dataclasses import replace

    (job,) = make_jobs(1)
    result = execute(replace(job, stop_file=tmp_path / "elsewhere" / ".stop"))
    assert result["status"] == "failed"
    assert "elsewhere is not seen from" in result["error"]


def test_threads_of_a_process_take_turns(make_jobs, contents):
    jobs = make_jobs(2)
    for job in jobs:
        run(job.config, job.folder.with_name(f"alone{job.seed}"))
    threads = [threading.Thread(target=execute, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in jobs:
        assert contents(job.folder) == contents(job.folder.with_name(f"alone{job.seed}"))
