"""Many runs at once: in this process, in several of this machine, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lipschitz import MissingExtraError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.run import finished_result, run

STOP_FILE = ".stop"
PROGRESS_FILE = "progress"
SECONDS_BETWEEN_PROGRESS = 0.3


@dataclass(frozen=True)
class Job:
    """One run of an experiment.

    Attributes:
        variant: name of the variant.
        seed: seed of the run.
        config: its complete configuration.
        folder: where it goes.
        resume: continue or skip what is there.
        stop_file: the run stops when this file appears; reaches workers wherever they are.
    """

    variant: str
    seed: int
    config: RunConfig
    folder: Path
    resume: bool
    stop_file: Path


def execute(job: Job) -> dict[str, Any]:
    """Run one job in whatever process this is."""
    torch.set_num_threads(1)  # results must not depend on how many runs share the machine
    last = [0.0]

    def note(iteration: int) -> None:
        if time.monotonic() - last[0] > SECONDS_BETWEEN_PROGRESS:
            last[0] = time.monotonic()
            (job.folder / PROGRESS_FILE).write_text(str(iteration), encoding="utf-8")

    try:
        return run(
            job.config, job.folder, resume=job.resume, on_iteration=note, should_stop=job.stop_file.exists
        )
    finally:
        (job.folder / PROGRESS_FILE).unlink(missing_ok=True)


def execute_all(
    jobs: Sequence[Job],
    *,
    workers: int,
    scheduler: str | None,
    on_done: Callable[[Job, dict[str, Any]], None],
) -> None:
    """Run jobs, telling `on_done` each result as it comes.

    Ctrl-C asks running jobs to stop at their next iteration, with a checkpoint; those not begun are reported as
    ``interrupted``.

    Args:
        jobs: what to run.
        workers: processes on this machine; with 1, everything happens in this process.
        scheduler: address of a Dask scheduler to use instead.
        on_done: called in this process.

    Raises:
        KeyboardInterrupt: after Ctrl-C, once every job has been reported.
    """
    waiting = [job for job in jobs if not _already_done(job, on_done)]
    for job in waiting:
        job.stop_file.unlink(missing_ok=True)
    if scheduler is None and (workers == 1 or len(waiting) <= 1):
        _execute_here(waiting, on_done)
    elif waiting:
        with _executor(min(workers, len(waiting)), scheduler) as executor:
            _execute_on(executor, waiting, on_done)


def _already_done(job: Job, on_done: Callable[[Job, dict[str, Any]], None]) -> bool:
    result = finished_result(job.config, job.folder) if job.resume else None
    if result is not None:
        on_done(job, result)
    return result is not None


def _execute_here(jobs: Sequence[Job], on_done: Callable[[Job, dict[str, Any]], None]) -> None:
    stopped = False
    for job in jobs:
        result = not_begun() if stopped else execute(job)
        stopped = stopped or result["status"] == "interrupted"
        on_done(job, result)
    if stopped:
        raise KeyboardInterrupt


def _execute_on(
    executor: Executor, jobs: Sequence[Job], on_done: Callable[[Job, dict[str, Any]], None]
) -> None:
    futures: dict[Future[dict[str, Any]], Job] = {executor.submit(execute, job): job for job in jobs}
    reported: set[Future[dict[str, Any]]] = set()
    stopped = False
    while len(reported) < len(futures):
        try:
            for future in as_completed([f for f in futures if f not in reported]):
                reported.add(future)
                on_done(futures[future], _outcome(future))
        except KeyboardInterrupt:
            stopped = True
            for future, job in futures.items():
                future.cancel()
                job.stop_file.touch()
    for job in jobs:
        job.stop_file.unlink(missing_ok=True)
    if stopped:
        raise KeyboardInterrupt


def _outcome(future: Future[dict[str, Any]]) -> dict[str, Any]:
    if future.cancelled():
        return not_begun()
    error = future.exception()
    if error is None:
        return future.result()
    return {
        **not_begun(),
        "status": "failed",
        "error": f"the worker process died: {type(error).__name__}: {error}",
    }


def not_begun() -> dict[str, Any]:
    """Return the result of a job that was never started."""
    return {"status": "interrupted", "metrics": {}, "error": "not begun", "wall_seconds": 0.0}


@contextlib.contextmanager
def _executor(workers: int, scheduler: str | None) -> Iterator[Executor]:
    if scheduler is None:
        # spawn: a forked process would inherit torch's thread pools in an undefined state.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            'a Dask scheduler needs the sweep extra: pip install "torch-lipschitz[sweep]".'
        ) from error
    with Client(scheduler) as client:
        yield client.get_executor()


def _ignore_interrupts() -> None:
    # Ctrl-C on the terminal reaches the whole process group; workers are asked to stop through the stop file.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def default_workers() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
