"""Many runs: one after the other in this process, several at a time on this machine, or on a Dask cluster."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lipschitz import LipschitzError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.attempts import SecondChances, attempt
from lipschitz_trainers.running.dask_cluster import LocalWorkers, connected, executor_on
from lipschitz_trainers.running.executors import process_pool
from lipschitz_trainers.running.gpus import gpu_shares, visible_gpus
from lipschitz_trainers.running.lock import FILE as LOCK
from lipschitz_trainers.running.lock import LockLost, Ticket
from lipschitz_trainers.running.run import finished_result, run
from lipschitz_trainers.training.interruption import stop_requests

SECONDS_BETWEEN_LOOKS = 0.2

SECONDS_TO_LEAVE = 600.0
"""Patience with an earlier attempt that is alive; it has been told to stop, and does at its next iteration."""


@dataclass(frozen=True)
class Job:
    """One run of an experiment.

    Attributes:
        variant: name of the variant.
        seed: seed of the run.
        config: its complete configuration.
        folder: where it goes, as an absolute path.
        stop_file: the run stops when this file appears; reaches workers wherever they are.
        ticket: of the command that has the run made; when another command took over, the run stops.
    """

    variant: str
    seed: int
    config: RunConfig
    folder: Path
    stop_file: Path
    ticket: Ticket | None = None


DIED = "the process of this run died: killed, or short of memory."
KILLED_WORKER = "KilledWorker"
"""Dask's error for a run under which workers died; Dask itself may not be installed."""

OnDone: TypeAlias = Callable[[Job, dict[str, Any]], None]

_ALONE = threading.Lock()
"""Runs share torch's global generator, so the threads of a process (Dask may have several) take turns."""


def execute(job: Job) -> dict[str, Any]:
    """Run one job in whatever process this is, from where an earlier attempt left it."""
    with _ALONE:
        superseded = job.ticket.watch() if job.ticket is not None else lambda: False

        def stop() -> bool:
            return job.stop_file.exists() or superseded()

        if not job.stop_file.parent.is_dir():
            return failed(
                f"{job.stop_file.parent} is not seen from {socket.gethostname()}; all machines must share it."
            )
        if stop():
            return not_begun()
        try:
            with attempt(job.folder, job.ticket.token if job.ticket is not None else ""):
                return run(job.config, job.folder, resume=True, should_stop=stop, patience=SECONDS_TO_LEAVE)
        except LockLost as error:
            return {**not_begun(), "error": str(error)}
        except (LipschitzError, OSError) as error:
            return failed(str(error))


def execute_all(
    jobs: Sequence[Job],
    *,
    workers: int,
    scheduler: str | None,
    on_done: OnDone,
    tell: Callable[[str], None] = lambda text: None,
) -> None:
    """Run jobs, telling `on_done` each result as it comes.

    After Ctrl-C, running jobs stop at their next iteration, with a checkpoint; those not begun are reported as
    ``interrupted``, too.

    Args:
        jobs: what to run; finished ones are reported, with ``earlier`` set, without being run again.
        workers: processes on this machine; with 1, everything happens in this process.
        scheduler: address of a Dask scheduler to use instead, or ``local``.
        on_done: called in this process.
        tell: gets what a person may want to know.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed a second time.
        ConfigError: the scheduler cannot be reached, or its workers cannot do the runs.
        MissingExtraError: there is a scheduler, and Dask is not installed.
    """
    waiting: list[Job] = []
    for job in jobs:
        job.stop_file.unlink(missing_ok=True)
        result = finished_result(job.config, job.folder)
        if result is None:
            waiting.append(job)
        else:
            on_done(job, {**result, "earlier": True})
    with stop_requests() as requested:
        try:
            if scheduler is not None and waiting:
                _execute_on_dask(scheduler, waiting, workers, requested, on_done, tell)
            elif workers > 1 and len(waiting) > 1:
                _execute_on_processes(waiting, workers, requested, on_done)
            else:
                for job in waiting:
                    on_done(job, not_begun() if requested() else execute(job))
        finally:
            for job in jobs:
                job.stop_file.unlink(missing_ok=True)


def _execute_on_processes(
    jobs: Sequence[Job], workers: int, requested: Callable[[], bool], on_done: OnDone
) -> None:
    shares = gpu_shares([job.config for job in jobs], visible_gpus())
    most = min(workers, len(jobs), len(shares) or len(jobs))
    with process_pool(most, shares) as executor:
        lost = _execute_on(executor, jobs, requested, on_done)
    # A process that is killed takes the whole pool with it: those in it get one of their own, in turn.
    for job in lost:
        if requested():
            on_done(job, not_begun())
            continue
        with process_pool(1, shares) as executor:
            if _execute_on(executor, [job], requested, on_done):
                on_done(job, failed(DIED))


def _execute_on_dask(
    scheduler: str,
    jobs: Sequence[Job],
    workers: int,
    requested: Callable[[], bool],
    on_done: OnDone,
    tell: Callable[[str], None],
) -> None:
    configs = [job.config for job in jobs]
    with connected(scheduler, configs, min(workers, len(jobs)), tell) as client, _visible(jobs) as visible:
        executor = executor_on(client, configs, visible, requested, tell)
        if executor is None:
            for job in jobs:
                on_done(job, not_begun())
            return
        chances = SecondChances()
        for job in _execute_on(
            executor,
            jobs,
            requested,
            on_done,
            again=lambda job: chances.left(job.folder),
            look=LocalWorkers(client).require,
        ):
            on_done(job, failed(DIED))


@contextmanager
def _visible(jobs: Sequence[Job]) -> Iterator[Path]:
    """Make a file in the experiment's folder that workers should see."""
    path = jobs[0].stop_file.with_name(".seen")
    path.touch()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _execute_on(
    executor: Executor,
    jobs: Sequence[Job],
    requested: Callable[[], bool],
    on_done: OnDone,
    again: Callable[[Job], bool] = lambda job: False,
    look: Callable[[], None] = lambda: None,
) -> list[Job]:
    """Run jobs on an executor; return those whose result was lost because workers died.

    Those that may be run `again` are. While waiting, `look` is called, which may raise.
    """
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
                job = futures[future]
                error = None if future.cancelled() else future.exception()
                if future.cancelled():
                    on_done(job, {**not_begun(), "error": "lost with its Dask scheduler"})
                elif isinstance(error, BrokenExecutor) or type(error).__name__ == KILLED_WORKER:
                    if not again(job):
                        lost.append(job)
                    elif requested():
                        on_done(job, not_begun())
                    else:
                        repeated = executor.submit(execute, job)
                        futures[repeated] = job
                        open_futures.add(repeated)
                elif error is not None:
                    on_done(job, failed(f"its worker failed: {type(error).__name__}: {error}"))
                else:
                    on_done(job, future.result())
            look()
            if requested():
                _stop(jobs)
                # Those that no worker has taken yet may wait for hours; if one takes them now, it sees the stop file.
                waiting = {future for future in open_futures if not _is_begun(futures[future])}
                for future in waiting:
                    if future.cancel():
                        open_futures.discard(future)
                        on_done(futures[future], not_begun())
    except BaseException:
        _stop(jobs)
        raise
    return lost


def _is_begun(job: Job) -> bool:
    return (job.folder / LOCK).exists()


def _stop(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.stop_file.touch()


def not_begun() -> dict[str, Any]:
    """Return the result of a job that was never started."""
    return {"status": "interrupted", "metrics": {}, "error": "not begun", "wall_seconds": 0.0}


def failed(error: str) -> dict[str, Any]:
    """Return the result of a job that left none."""
    return {"status": "failed", "metrics": {}, "error": error, "wall_seconds": 0.0}
