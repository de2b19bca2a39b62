"""Processes of this machine in which several runs are computed at a time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

import torch

from lipschitz.host import PluginWarning
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.gpus import VISIBLE, may_use_gpu

FAILED = 1


@contextlib.contextmanager
def process_pool(workers: int, shares: Sequence[str] = ()) -> Iterator[Executor]:
    """Start processes on this machine; they end with this one, however it ends.

    Args:
        workers: their number.
        shares: the GPUs each of them sees (see `lipschitz_trainers.running.gpus.gpu_shares`); at least as many as
            workers, or none.
    """
    before = multiprocessing.active_children()
    # spawn: a forked process would inherit torch's thread pools in an undefined state.
    context = multiprocessing.get_context("spawn")
    free = context.SimpleQueue()
    for share in shares[:workers]:
        free.put(share)
    initial = (free if shares else None,)
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin_worker, initargs=initial
    ) as pool:
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                if process not in before:
                    process.terminate()
            raise


def _begin_worker(free_shares: Any = None) -> None:
    if free_shares is not None:
        os.environ[VISIBLE] = free_shares.get()  # CUDA reads it when a process first uses it
    # Ctrl-C on the terminal reaches the whole process group; workers are asked to stop through the stop file.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whoever started us has shown which plugins were refused.
    warnings.filterwarnings("ignore", category=PluginWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="lightning_fabric")
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # Killed without a chance to tell us, it may be started again, and two processes would write one folder.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(FAILED)


def default_workers(configs: Sequence[RunConfig]) -> int:
    """Return how many of these runs fit at a time: one per processor, or per GPU where they use one."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    if _on_gpus(configs):
        processors = torch.cuda.device_count()
    return max(1, processors // max((config.devices for config in configs), default=1))


def at_a_time(configs: Sequence[RunConfig], asked: int | None) -> int:
    """Return how many runs to make at a time, where a number may be asked for: no two of them share a GPU."""
    fitting = default_workers(configs)
    if asked is None:
        return fitting
    return min(asked, fitting) if _on_gpus(configs) else asked


def _on_gpus(configs: Sequence[RunConfig]) -> bool:
    return torch.cuda.is_available() and any(may_use_gpu(config) for config in configs)
