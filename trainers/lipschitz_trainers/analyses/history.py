"""``metrics.jsonl``: what a run logged, as arrays over steps."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipschitz.errors import DataError

Array = NDArray[np.float64]
FILENAME = "metrics.jsonl"


@dataclass(frozen=True)
class Series:
    """A quantity over steps, without the steps at which it was not finite.

    Attributes:
        steps: generator iterations, ascending, shape (n,).
        values: shape (n,).
    """

    steps: Array
    values: Array

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class History:
    """What was logged, line by line.

    Attributes:
        training: one mapping a logged step.
        evaluations: one mapping an evaluation, with its step under ``"step"``.
    """

    training: tuple[Mapping[str, float], ...] = field(default=())
    evaluations: tuple[Mapping[str, float], ...] = field(default=())

    def trained(self, key: str) -> Series:
        """Return a quantity logged while training (``w1_estimate``, ``critic_step_seconds``, ...)."""
        return _series(self.training, key)

    def evaluated(self, key: str) -> Series:
        """Return a metric over the evaluations."""
        return _series(self.evaluations, key)


def read_history(run_folder: Path) -> History:
    """Read a run's log; empty if there is none yet.

    A last line that is cut off is left out: the run was interrupted while it wrote.

    Raises:
        DataError: another line is not a JSON object.
    """
    path = run_folder / FILENAME
    if not path.is_file():
        return History()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    training: list[dict[str, float]] = []
    evaluations: list[dict[str, float]] = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict):
                raise ValueError("not an object")
        except ValueError as error:
            if number == len(lines):
                break
            raise DataError(f"{path}, line {number}: expected one JSON object, got {line[:60]!r}.") from error
        if isinstance(found := entry.get("evaluation"), dict):
            evaluations.append(_numbers(found) | {"step": _number(entry.get("step"))})
        else:
            training.append(_numbers(entry))
    return History(tuple(training), tuple(evaluations))


def _series(entries: tuple[Mapping[str, float], ...], key: str) -> Series:
    pairs = [(entry.get("step", math.nan), entry.get(key, math.nan)) for entry in entries]
    both = np.array(pairs, dtype=float).reshape(-1, 2)
    both = both[np.isfinite(both).all(axis=1)]
    return Series(*both[np.argsort(both[:, 0], kind="stable")].T)


def _numbers(entry: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): _number(value) for key, value in entry.items()}


def _number(value: Any) -> float:
    """Return a number as float; null, text and truth values as NaN."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
