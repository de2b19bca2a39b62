"""How long a run has taken, over all the processes that have worked on it one after another."""

from __future__ import annotations

import time
from collections.abc import Mapping


class Stopwatch:
    """Counts seconds from its creation on, on top of those that a checkpoint brings along.

    A run that was killed goes on from its newest checkpoint, with the seconds up to there: those of the work that is
    lost are not part of what its result took.

    Example:
        >>> first, second = Stopwatch(), Stopwatch()
        >>> second.go_on_from({"wall_seconds": 60.0, "cpu_seconds": 50.0})
        >>> second.seconds()["wall_seconds"] > 60 > first.seconds()["wall_seconds"]
        True
    """

    def __init__(self) -> None:
        """Start counting."""
        self._started = {"wall_seconds": time.perf_counter(), "cpu_seconds": time.process_time()}

    def seconds(self) -> dict[str, float]:
        """Return ``wall_seconds`` and ``cpu_seconds``, of this process."""
        now = {"wall_seconds": time.perf_counter(), "cpu_seconds": time.process_time()}
        return {key: value - self._started[key] for key, value in now.items()}

    def go_on_from(self, spent: Mapping[str, float]) -> None:
        """Count what `seconds` returned before; a key that is missing counts as 0."""
        self._started = {key: value - spent.get(key, 0.0) for key, value in self._started.items()}
