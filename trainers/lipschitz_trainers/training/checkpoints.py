"""Checkpoints: whole or not there at all, the newest readable one wins."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

import torch

from lipschitz import CheckpointError

logger = logging.getLogger("lipschitz")

FORMAT = 1
SPENT = "spent"
"""Under which key a checkpoint keeps the seconds that the run had taken, see `Stopwatch`."""


class CheckpointFolder:
    """The checkpoints of one run, named after the generator iteration.

    Attributes:
        folder: where they lie.
        keep: how many of the newest to keep.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder = folder
        self.keep = keep

    def paths(self) -> list[Path]:
        """Return the checkpoints there are, newest first."""
        found = [path for path in self.folder.glob("iteration-*.ckpt") if _iteration_of(path) is not None]
        return sorted(found, key=lambda path: _iteration_of(path) or 0, reverse=True)

    def newest_iteration(self) -> int | None:
        """Return the iteration of the newest checkpoint, readable or not, or `None` when there is none."""
        return next((_iteration_of(path) for path in self.paths()), None)

    def spent(self) -> dict[str, float]:
        """Return the seconds that the run had taken at the newest checkpoint that can be opened; empty without one.

        Its tensors are not read.
        """
        for path in self.paths():
            try:
                return dict(torch.load(path, map_location="cpu", weights_only=True, mmap=True).get(SPENT, {}))
            except Exception as error:
                logger.debug("no seconds in %s: %s", path, error)
        return {}

    def save(self, state: dict[str, Any], iteration: int) -> Path:
        """Write a checkpoint: first under another name, then moved, so that a crash leaves no half of one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"iteration-{iteration:08d}.ckpt"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        for old in self.paths()[self.keep :]:
            old.unlink()
        return path

    def load_newest(self) -> dict[str, Any] | None:
        """Return the newest readable checkpoint, or `None` when there is none at all.

        Raises:
            CheckpointError: there are some and none can be read.
        """
        problems: list[str] = []
        for path in self.paths():
            try:
                state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
                if state.get("format") != FORMAT:
                    raise CheckpointError(f"format {state.get('format')!r}, expected {FORMAT}")
            except Exception as error:
                problems.append(
                    f"{path}: {type(error).__name__}: {(str(error).splitlines() or ['empty'])[0]}"
                )
                logger.warning("skipping an unreadable checkpoint: %s", problems[-1])
                continue
            return state
        if problems:
            raise CheckpointError(
                "no checkpoint can be read:\n  "
                + "\n  ".join(problems)
                + "\nDelete them to start this run again."
            )
        return None


def _iteration_of(path: Path) -> int | None:
    found = re.fullmatch(r"iteration-(\d+)\.ckpt", path.name)
    return int(found[1]) if found else None
