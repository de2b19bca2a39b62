"""``metrics.jsonl``: what a run logged, as arrays over steps."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Collection, Iterator, Mapping
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


NOTHING = Series(np.empty(0), np.empty(0))


@dataclass(frozen=True)
class History:
    """What was logged, by key.

    Attributes:
        training: what was logged at training steps.
        evaluations: what was measured at evaluations.
    """

    training: Mapping[str, Series] = field(default_factory=dict)
    evaluations: Mapping[str, Series] = field(default_factory=dict)

    def trained(self, key: str) -> Series:
        """Return a quantity logged while training (``w1_estimate``, ``critic_step_seconds``, ...)."""
        return self.training.get(key, NOTHING)

    def evaluated(self, key: str) -> Series:
        """Return a metric over the evaluations."""
        return self.evaluations.get(key, NOTHING)


def read_history(run_folder: Path, *, only: Collection[str] | None = None) -> History:
    """Read a run's log; empty if there is none yet.

    A last line that is cut off is left out: the run was interrupted while it wrote.

    Args:
        run_folder: the run's folder.
        only: training keys to keep, since a log may have hundreds of thousands of lines; all without it.

    Raises:
        DataError: another line is not a JSON object.
    """
    training: dict[str, array[float]] = {}
    evaluations: dict[str, array[float]] = {}
    for entry in _entries(run_folder / FILENAME):
        step, found = entry.get("step"), entry.get("evaluation")
        if isinstance(found, dict):
            _add(evaluations, step, found)
        else:
            _add(training, step, entry if only is None else {key: entry.get(key) for key in only})
    return History(_series(training), _series(evaluations))


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    broken: tuple[int, str] | None = None
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if broken:  # a broken line that is not the last one
                raise DataError(f"{path}, line {broken[0]}: expected one JSON object, got {broken[1]!r}.")
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if isinstance(entry, dict):
                yield entry
            else:
                broken = number, line[:60].rstrip("\n")


def _add(columns: dict[str, array[float]], step: Any, entry: Mapping[str, Any]) -> None:
    """Append step and value of every number of an entry to its column, one after the other."""
    if not _finite(step):
        return
    for key, value in entry.items():
        if _finite(value):
            columns.setdefault(key, array("d")).extend((step, value))


def _series(columns: Mapping[str, array[float]]) -> dict[str, Series]:
    found = {}
    for key, column in columns.items():
        both = np.frombuffer(column, dtype=np.float64).reshape(-1, 2)
        found[key] = Series(*both[np.argsort(both[:, 0], kind="stable")].T)
    return found


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
