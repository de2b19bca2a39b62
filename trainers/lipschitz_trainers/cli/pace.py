"""How long many runs will take, from how fast they have been."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path


class Pace:
    """Iterations per second of all runs together, since the first of them began; what was done before does not count.

    Example:
        >>> first, second = Path("first"), Path("second")
        >>> pace = Pace({first: (0, 100), second: (50, 100)})
        >>> pace.finish(first, seconds=10.0, counts=True)
        >>> round(pace.seconds_left())  # 100 iterations took 10 s, and 50 are left
        5
    """

    def __init__(self, runs: Mapping[Path, tuple[int, int]]) -> None:
        """Start.

        Args:
            runs: by folder, the iterations done already, and those asked for.
        """
        self._reached = {folder: done for folder, (done, _) in runs.items()}
        self._begun = dict(self._reached)
        self._asked = {folder: steps for folder, (_, steps) in runs.items()}
        self._started: float | None = None

    def see(self, folder: Path, iteration: int) -> None:
        """Take note of how far a run is."""
        self._start(0.0)
        self._reached[folder] = iteration

    def finish(self, folder: Path, *, seconds: float, counts: bool) -> None:
        """Take note of a run's end.

        Args:
            folder: of the run.
            seconds: it took, from its beginning.
            counts: whether its iterations were made now; not those of a run that failed or had been made earlier.
        """
        if counts:
            self._start(seconds)
            self._reached[folder] = self._asked[folder]
        else:
            self._begun[folder] = self._reached[folder] = self._asked[folder]

    def seconds_left(self) -> float | None:
        """Return how long the rest will take at this pace; `None` while nothing is known of it."""
        made = sum(max(0, reached - self._begun[folder]) for folder, reached in self._reached.items())
        left = sum(max(0, steps - self._reached[folder]) for folder, steps in self._asked.items())
        if self._started is None or not made:
            return None
        return left * (time.monotonic() - self._started) / made

    def _start(self, ago: float) -> None:
        if self._started is None:
            self._started = time.monotonic() - ago
