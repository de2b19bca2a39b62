"""Many runs: one after the other in this process, several at a time on this machine, or on a Dask cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lipschitz import LipschitzError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.executors import dask_cluster, process_pool
from lipschitz_trainers.running.run import finished_result, run
from lipschitz_trainers.training.interruption import stop_requests

SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Job:
    """One run of an experiment.

    Attributes:
        variant: name of the variant.
        seed: seed of the run.
        config: its complete configuration.
        folder: where it goes, as an absolute path.
        stop_file: the run stops when this file appears; reaches workers wherever they are.
    """

    variant: str
    seed: int
    config: RunConfig
    folder: Path
    stop_file: Path


OnDone: TypeAlias = Callable[[Job, dict[str, Any]], None]

_ALONE = threading.Lock()
"""Runs share torch's global generator, so the threads of a process (Dask may have several) take turns."""


def execute(job: Job) -> dict[str, Any]:
    """Run one job in whatever process this is, from where an earlier attempt left it."""
    with _ALONE:
        if job.stop_file.exists():
            return not_begun()
        try:
            return run(job.config, job.folder, resume=True, should_stop=job.stop_file.exists)
        except (LipschitzError, OSError) as error:
            return failed(str(error))


def execute_all(jobs: Sequence[Job], *, workers: int, scheduler: str | None, on_done: OnDone) -> None:
    """Run jobs, telling `on_done` each result as it comes.

    After Ctrl-C, running jobs stop at their next iteration, with a checkpoint; those not begun are reported as
    ``interrupted``, too.

    Args:
        jobs: what to run; finished ones are reported without being run again.
        workers: processes on this machine; with 1, everything happens in this process.
        scheduler: address of a Dask scheduler to use instead.
        on_done: called in this process.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed a second time.
        ConfigError: the scheduler cannot be reached.
        MissingExtraError: there is a scheduler, and Dask is not installed.
    """
    waiting: list[Job] = []
    for job in jobs:
        job.stop_file.unlink(missing_ok=True)
        result = finished_result(job.config, job.folder)
        if result is None:
            waiting.append(job)
        else:
            on_done(job, result)
    with stop_requests() as requested:
        try:
            if scheduler is not None and waiting:
                with dask_cluster(scheduler) as executor:
                    lost = _execute_on(executor, waiting, requested, on_done)
            elif workers > 1 and len(waiting) > 1:
                with process_pool(min(workers, len(waiting))) as executor:
                    lost = _execute_on(executor, waiting, requested, on_done)
            else:
                for job in waiting:
                    on_done(job, not_begun() if requested() else execute(job))
                lost = []
            # A process that is killed takes the whole pool with it: those in it get one of their own, in turn.
            for job in lost:
                if requested():
                    on_done(job, not_begun())
                    continue
                with process_pool(1) as executor:
                    if _execute_on(executor, [job], requested, on_done):
                        on_done(job, failed("the process of this run died: killed, or short of memory."))
        finally:
            for job in jobs:
                job.stop_file.unlink(missing_ok=True)


def _execute_on(
    executor: Executor, jobs: Sequence[Job], requested: Callable[[], bool], on_done: OnDone
) -> list[Job]:
    """Run jobs on an executor; return those whose result was lost because it broke."""
    futures: dict[Future[dict[str, Any]], Job] = {}
    lost: list[Job] = []
    try:
        for i, job in enumerate(jobs):
            try:
                futures[executor.submit(execute, job)] = job
            except BrokenExecutor:
                lost.extend(jobs[i:])
                break
        open_futures = set(futures)
        while open_futures:
            ready, open_futures = wait(open_futures, SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
            for future in ready:
                error = future.exception()
                if isinstance(error, BrokenExecutor):
                    lost.append(futures[future])
                elif error is not None:
                    on_done(futures[future], failed(f"its worker failed: {type(error).__name__}: {error}"))
                else:
                    on_done(futures[future], future.result())
            if requested():
                _stop(jobs)
    except BaseException:
        _stop(jobs)
        raise
    return lost


def _stop(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.stop_file.touch()


def not_begun() -> dict[str, Any]:
    """Return the result of a job that was never started."""
    return {"status": "interrupted", "metrics": {}, "error": "not begun", "wall_seconds": 0.0}


def failed(error: str) -> dict[str, Any]:
    """Return the result of a job that left none."""
    return {"status": "failed", "metrics": {}, "error": error, "wall_seconds": 0.0}
