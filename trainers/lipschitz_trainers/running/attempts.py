"""How often the process of a run died without the run getting on: after some times, the run has failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lipschitz import TrainingError
from lipschitz_trainers.running.files import read_json, write_json
from lipschitz_trainers.running.folders import make_folder
from lipschitz_trainers.training.checkpoints import CheckpointFolder

FILE = "attempt.json"
MOST = 3
"""Deaths after which a run is given up."""


@contextmanager
def attempt(folder: Path, command: str) -> Iterator[None]:
    """Count an attempt at a run as one that died, unless this block is left.

    Args:
        folder: of the run.
        command: identifies the command that makes the attempt; deaths under another one are forgotten.

    Raises:
        TrainingError: the run has killed its process too often.
        ConfigError: the folder cannot be created.
    """
    make_folder(folder)
    path = folder / FILE
    reached = reached_in(folder)
    before = read_json(path) or {}
    deaths = 0
    # A run that got on since then may have lost its machine to a time limit; it goes on as often as it takes.
    if before.get("command") == command and reached <= before.get("reached", 0):
        deaths = before.get("deaths", 0) + 1
    if deaths >= MOST:
        path.unlink()
        raise TrainingError(
            f"the process of this run died {deaths} times without getting beyond generator iteration {reached}: "
            f"killed, or short of memory. Give it more memory, or write checkpoints more often (checkpoint.every)."
        )
    write_json(path, {"command": command, "deaths": deaths, "reached": reached})
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def reached_in(folder: Path) -> int:
    """Return the iteration of a run's newest checkpoint, 0 where there is none."""
    return CheckpointFolder(folder / "checkpoints").newest_iteration() or 0


class SecondChances:
    """Which runs are handed to a cluster again when it has given them up, because workers died under them.

    A cluster counts the deaths of a worker against every run that waits for it. So each run gets further chances,
    `MOST` of them, and again as many whenever it has got on.
    """

    def __init__(self) -> None:
        self._used: dict[Path, tuple[int, int]] = {}

    def left(self, folder: Path) -> bool:
        """Take one for the run in a folder; return False when there is none."""
        reached = reached_in(folder)
        before, used = self._used.get(folder, (reached, 0))
        used = 1 if reached > before else used + 1
        self._used[folder] = (reached, used)
        return used <= MOST
