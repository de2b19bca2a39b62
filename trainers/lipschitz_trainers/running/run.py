"""One run: configuration in, folder out."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.run_file import save_run
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.build import fingerprint
from lipschitz_trainers.running.files import read_json, write_json
from lipschitz_trainers.running.folders import CONFIG, RESULT, make_folder, require_usable
from lipschitz_trainers.running.here import train_here
from lipschitz_trainers.running.lock import FolderLock, lock_folder
from lipschitz_trainers.running.processes import train_in_processes
from lipschitz_trainers.training.checkpoints import CheckpointFolder
from lipschitz_trainers.training.interruption import Interrupted, stop_requests
from lipschitz_trainers.training.records import finite_or_none, read_records
from lipschitz_trainers.training.stopwatch import Stopwatch


def run(
    config: RunConfig,
    folder: Path,
    *,
    resume: bool = False,
    should_stop: Callable[[], bool] | None = None,
    patience: float = 0.0,
) -> dict[str, Any]:
    """Train one configuration into a folder and return its result, which ``result.json`` holds too.

    Args:
        config: a complete run configuration; written to ``config.yaml``.
        folder: receives everything.
        resume: continue from the newest checkpoint in it, or return the result if the run is finished.
        should_stop: asked before each iteration; ends the run like Ctrl-C, with a checkpoint.
        patience: seconds to wait for another process that writes to the folder.

    Returns:
        ``status`` (``done``, ``failed``, ``interrupted``), ``metrics``, ``error``, ``wall_seconds``, ``cpu_seconds``
        (of a run in one process, evaluation included; also among the metrics; both with those of earlier attempts, of
        one that was killed up to its last checkpoint), ``left_out`` (metrics that are named and
        do not apply to the data) and what identifies the run. What goes wrong in training (unreadable data, a refused
        critic, ...) is a result with status ``failed``.

    Raises:
        ConfigError: the folder cannot be used (see `require_usable`), or another process uses it.
        LockLost: another process took the folder over, as this one seemed dead.
        OSError: it cannot be written to.
    """
    require_usable(config, folder, resume=resume)
    finished = finished_result(config, folder)
    if finished is not None:
        return finished
    make_folder(folder)
    with stop_requests() as requested:

        def stop() -> bool:
            return requested() or (should_stop is not None and should_stop())

        try:
            lock = lock_folder(folder, patience=patience, should_stop=stop)
        except Interrupted as error:
            return {"status": "interrupted", "metrics": {}, "error": str(error), "wall_seconds": 0.0}
        with lock:
            # Once more: whoever had the folder may have finished this very run.
            require_usable(config, folder, resume=resume)
            return finished_result(config, folder) or _train(config, folder, lock, stop)


def _train(
    config: RunConfig, folder: Path, lock: FolderLock, should_stop: Callable[[], bool]
) -> dict[str, Any]:
    save_run(config, folder / CONFIG)
    stopwatch = Stopwatch()
    stopwatch.go_on_from(_spent_before(folder))
    train = train_here if config.devices == 1 else train_in_processes

    def stop() -> bool:
        lock.require()
        return should_stop()

    result = train(config, folder, stop) | _identity(config)
    lock.require()
    if result["status"] == "done":
        result["metrics"] |= _costs(folder / "metrics.jsonl")
    spent = stopwatch.seconds()
    result["wall_seconds"] = spent["wall_seconds"]
    if config.devices == 1:  # what further processes do is not known here
        result["cpu_seconds"] = spent["cpu_seconds"]
        result["metrics"] |= {"cpu_seconds": result["cpu_seconds"]} if result["status"] == "done" else {}
    write_json(folder / RESULT, result)
    return finite_or_none(result)


def _spent_before(folder: Path) -> dict[str, float]:
    """Return the seconds that earlier attempts took.

    One that was stopped left a result, one that was killed only its checkpoints; the later of both counts.
    """
    kept, left = CheckpointFolder(folder / "checkpoints").spent(), read_json(folder / RESULT) or {}
    keys = ("wall_seconds", "cpu_seconds")
    return {key: max(kept.get(key) or 0.0, left.get(key) or 0.0) for key in keys}


def finished_result(config: RunConfig, folder: Path) -> dict[str, Any] | None:
    """Return the result of a finished run of this very configuration, or `None`."""
    result = read_json(folder / RESULT)
    if result is None or result.get("status") != "done":
        return None
    return result if _identity(config).items() <= result.items() else None


def _identity(config: RunConfig) -> dict[str, Any]:
    """Return what must be the same for a result to be that of a configuration."""
    evaluation = to_plain(config)["evaluation"]
    return {
        "fingerprint": fingerprint(config),
        "steps": config.steps,
        "judged": {key: evaluation[key] for key in ("samples", "metrics")},
    }


def _costs(records: Path) -> dict[str, float]:
    """Return the median seconds of a critic step; the first iterations, which warm up, left out."""
    key = "critic_step_seconds"
    seconds = [record[key] for record in read_records(records) if key in record]
    settled = seconds[len(seconds) // 10 :]
    return {key: statistics.median(settled)} if settled else {}
