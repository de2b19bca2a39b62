"""Where several runs at a time are computed: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor

import torch

from lipschitz import ConfigError, MissingExtraError
from lipschitz.host import PluginWarning
from lipschitz_trainers.config.schema import RunConfig

FAILED = 1


@contextlib.contextmanager
def process_pool(workers: int) -> Iterator[Executor]:
    """Start processes on this machine; they end with this one, however it ends."""
    before = multiprocessing.active_children()
    # spawn: a forked process would inherit torch's thread pools in an undefined state.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker) as pool:
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                if process not in before:
                    process.terminate()
            raise


def _begin_worker() -> None:
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


@contextlib.contextmanager
def dask_cluster(scheduler: str) -> Iterator[Executor]:
    """Connect to a Dask scheduler.

    Args:
        scheduler: its address, such as ``tcp://10.0.0.1:8786``.

    Raises:
        MissingExtraError: Dask is not installed.
        ConfigError: nobody answers at that address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            'a Dask scheduler needs the sweep extra: pip install "torch-lipschitz[sweep]".'
        ) from error
    try:
        client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot reach a Dask scheduler at {scheduler}: {error}") from error
    with client:
        yield client.get_executor()


def default_workers(configs: Sequence[RunConfig]) -> int:
    """Return how many of these runs fit at a time: one per processor, or per GPU where they use one."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    if torch.cuda.is_available() and any(config.device in ("auto", "cuda") for config in configs):
        processors = torch.cuda.device_count()
    return max(1, processors // max((config.devices for config in configs), default=1))
