"""What is done inside the workers of a Dask cluster, besides runs."""

from __future__ import annotations

import os
import signal
import socket
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipschitz.host import PluginWarning
from lipschitz_trainers.running.gpus import VISIBLE


@dataclass(frozen=True)
class WorkerReport:
    """What a worker says of itself.

    Attributes:
        host: its machine.
        threads: runs it would take at a time.
        gpus: how many it announces.
        visible: its ``CUDA_VISIBLE_DEVICES``; None: all.
        sees: whether it sees the file it was asked for.
    """

    host: str
    threads: int
    gpus: float
    visible: str | None
    sees: bool


def report(path: Path, dask_worker: Any = None) -> WorkerReport:
    """Return what a worker says of itself; for ``Client.run``, which fills in `dask_worker`."""
    resources = dask_worker.state.total_resources
    return WorkerReport(
        socket.gethostname(),
        dask_worker.state.nthreads,
        resources.get("GPU", 0.0),
        os.environ.get(VISIBLE),
        path.exists(),
    )


def dask_setup(worker: Any) -> None:
    """Set up a worker that we start; Dask calls this in its process."""
    # Ctrl-C on the terminal reaches the whole process group; runs are asked to stop through the stop file.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whoever started us has shown which plugins were refused.
    warnings.filterwarnings("ignore", category=PluginWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="lightning_fabric")
