"""One process of a run in several; `processes` has torchrun start it with the run's folder."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from lipschitz import LipschitzError
from lipschitz.host import PluginWarning
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.running.files import write_json
from lipschitz_trainers.running.folders import CONFIG
from lipschitz_trainers.running.here import train_here
from lipschitz_trainers.running.lock import lock_folder
from lipschitz_trainers.running.processes import report_file

STDIN = 0
LOCK = ".lock-process"
SECONDS_TO_LEAVE = 120.0


def main() -> None:
    """Train this process's share, leave a report, and end the other processes by a failure."""
    # Whoever started us has shown which plugins were refused.
    warnings.filterwarnings("ignore", category=PluginWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="lightning_fabric")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    folder, process = Path(sys.argv[1]), int(os.environ["RANK"])
    should_stop = closing_of(STDIN) if process == 0 else lambda: False
    try:
        # The first process of an attempt whose starter was killed may still be about to save.
        with lock_folder(folder, patience=SECONDS_TO_LEAVE, name=LOCK) if process == 0 else nullcontext():
            outcome = train_here(load_run(folder / CONFIG), folder, should_stop, process=process)
    except LipschitzError as error:  # a plugin that our starter registered by hand is not known here
        outcome = {"status": "failed", "metrics": {}, "error": str(error)}
    write_json(report_file(folder, process), {**outcome, "at": time.time()})
    if outcome["status"] == "failed":
        # At once: an orderly end would wait for the other processes, which wait for this one.
        os._exit(1)


def closing_of(descriptor: int) -> Callable[[], bool]:
    """Return a function that tells whether the other end of a pipe has been closed."""
    closed = threading.Event()

    def watch() -> None:
        while os.read(descriptor, 1):
            pass
        closed.set()

    threading.Thread(target=watch, daemon=True).start()
    return closed.is_set


if __name__ == "__main__":
    main()
