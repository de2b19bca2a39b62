"""A run in this process."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from lipschitz import LipschitzError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.artifacts import save_artifacts
from lipschitz_trainers.running.build import build_trainer, left_out
from lipschitz_trainers.running.lock import LockLost
from lipschitz_trainers.running.progress import ProgressFile
from lipschitz_trainers.training import Interrupted


def train_here(
    config: RunConfig, folder: Path, should_stop: Callable[[], bool], *, process: int = 0
) -> dict[str, Any]:
    """Train from the newest checkpoint in `folder`, or from the start where there is none.

    Args:
        config: a complete run configuration.
        folder: the run's folder.
        should_stop: asked before each iteration.
        process: number of this process among those of the run; only the first one writes.

    Returns:
        ``status`` (``done``, ``failed``, ``interrupted``), ``metrics``, ``error``, and of a run that is done
        ``left_out``, the metrics that are named and do not apply to the data.

    Raises:
        LockLost: `should_stop` found that the folder belongs to another process now.
    """
    progress = ProgressFile(folder)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # numbers must not depend on how many processors the machine has
    try:
        with closing(build_trainer(config, folder)) as trainer:
            trainer.resume()
            on_iteration = progress.note if process == 0 else None
            trainer.fit(config.steps, on_iteration=on_iteration, should_stop=should_stop)
            if process == 0:
                save_artifacts(trainer, folder / "artifacts")
            unmeasured = left_out(config, trainer.source)
        return {"status": "done", "metrics": trainer.metrics, "error": None, "left_out": unmeasured}
    except Interrupted as stop:
        return {"status": "interrupted", "metrics": {}, "error": str(stop)}
    except LockLost:
        raise
    except LipschitzError as error:
        return {"status": "failed", "metrics": {}, "error": str(error)}
    except Exception as error:  # a bug, ours or a plugin's: the other runs of an experiment go on
        details = folder / ("error.txt" if process == 0 else f"error-{process}.txt")
        details.write_text(traceback.format_exc(), encoding="utf-8")
        message = f"{type(error).__name__}: {error} (traceback in {details})"
        return {"status": "failed", "metrics": {}, "error": message}
    finally:
        torch.set_num_threads(threads)
        if process == 0:
            progress.clear()
