"""How far a run is, for whoever looks at its folder while it is under way."""

from __future__ import annotations

import time
from pathlib import Path

FILE = "progress"
SECONDS_BETWEEN_NOTES = 0.3


class ProgressFile:
    """A small file with the number of iterations done, there as long as the run is under way."""

    def __init__(self, folder: Path) -> None:
        """Use the run's `folder`."""
        self.path = folder / FILE
        self._noted = 0.0

    def note(self, iteration: int) -> None:
        """Write the number down, at most a few times a second."""
        now = time.monotonic()
        if now - self._noted > SECONDS_BETWEEN_NOTES:
            self._noted = now
            self.path.write_text(str(iteration), encoding="utf-8")

    def clear(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


def iterations_done(folder: Path) -> int | None:
    """Return how far the run in `folder` is, or `None` when none is under way there."""
    try:
        return int((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
