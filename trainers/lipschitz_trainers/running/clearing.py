"""Deleting earlier results, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from lipschitz import ConfigError
from lipschitz_trainers.running.experiment import RESULTS
from lipschitz_trainers.running.files import read_json
from lipschitz_trainers.running.lock import require_free

OURS = ("report.html", "figures", "runs", RESULTS)
"""What an experiment leaves in its folder; the file that says what it is goes last."""


def clear(folder: Path) -> None:
    """Delete the results of an experiment from a folder; whatever else is in it stays.

    Raises:
        ConfigError: it holds something, and no results of an experiment; or a command is writing to it.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    require_free(folder)
    results = read_json(folder / RESULTS)
    if results is None or not {"experiment", "runs"} <= results.keys():
        raise ConfigError(
            f"{folder} holds no results of an experiment, so nothing in it is deleted; choose another folder."
        )
    for path in (folder / name for name in OURS):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
