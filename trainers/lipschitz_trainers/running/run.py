"""One run: configuration in, folder out."""

from __future__ import annotations

import statistics
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lipschitz import LipschitzError
from lipschitz_trainers.config.run_file import save_run
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.artifacts import save_artifacts
from lipschitz_trainers.running.build import build_trainer, fingerprint
from lipschitz_trainers.running.files import read_json, write_json
from lipschitz_trainers.training import Interrupted
from lipschitz_trainers.training.records import read_records


def run(
    config: RunConfig,
    folder: Path,
    *,
    resume: bool = False,
    on_iteration: Callable[[int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Train one configuration into a folder and return its result, which ``result.json`` holds too.

    Args:
        config: a complete run configuration; written to ``config.yaml``.
        folder: receives everything.
        resume: continue from the newest checkpoint in it, or return the result if the run is finished.
        on_iteration: told the number of generator iterations done.
        should_stop: asked after each iteration.

    Returns:
        ``status`` (``done``, ``failed``, ``interrupted``), ``metrics``, ``wall_seconds``, ``error``, ``steps``,
        ``fingerprint``.

    Raises:
        LipschitzError: nothing could be trained at all (unreadable data, a refused critic, ...) is a result
            with status ``failed``; only problems with the folder itself are raised.
    """
    finished = finished_result(config, folder) if resume else None
    if finished is not None:
        return finished
    folder.mkdir(parents=True, exist_ok=True)
    save_run(config, folder / "config.yaml")
    earlier = (read_json(folder / "result.json") or {}).get("wall_seconds") if resume else None
    started = time.perf_counter() - (earlier or 0.0)
    result: dict[str, Any] = {
        "status": "done",
        "metrics": {},
        "error": None,
        "steps": config.steps,
        "fingerprint": fingerprint(config),
    }
    try:
        trainer = build_trainer(config, folder)
        try:
            if resume:
                trainer.resume()
            trainer.fit(config.steps, on_iteration=on_iteration, should_stop=should_stop)
            save_artifacts(trainer, folder / "artifacts")
        finally:
            trainer.close()
        result["metrics"] = {**trainer.metrics, **_costs(folder / "metrics.jsonl")}
    except Interrupted as stop:
        result.update(status="interrupted", error=str(stop))
    except LipschitzError as error:
        result.update(status="failed", error=str(error))
    except Exception as error:  # a bug, ours or a plugin's: the other runs of an experiment go on
        (folder / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        result.update(
            status="failed", error=f"{type(error).__name__}: {error} (traceback in {folder / 'error.txt'})"
        )
    result["wall_seconds"] = time.perf_counter() - started
    write_json(folder / "result.json", result)
    return result


def finished_result(config: RunConfig, folder: Path) -> dict[str, Any] | None:
    """Return the result of a finished run of this very configuration, or `None`."""
    result = read_json(folder / "result.json")
    if result is None or result.get("status") != "done":
        return None
    same = result.get("fingerprint") == fingerprint(config) and result.get("steps") == config.steps
    return result if same else None


def _costs(records: Path) -> dict[str, float]:
    """Return the median seconds of a critic step; the first iterations, which warm up, left out."""
    seconds = [
        record["critic_step_seconds"] for record in read_records(records) if "critic_step_seconds" in record
    ]
    settled = seconds[len(seconds) // 10 :]
    return {"critic_step_seconds": statistics.median(settled)} if settled else {}
