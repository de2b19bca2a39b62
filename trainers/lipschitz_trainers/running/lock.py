"""One process at a time writes a folder: a lock file with a heartbeat, also on file systems that machines share."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from lipschitz import ConfigError, LipschitzError
from lipschitz_trainers.running.holder import Holder, is_alive_here, read_holder, this_host
from lipschitz_trainers.training.interruption import Interrupted

logger = logging.getLogger("lipschitz")

FILE = ".lock"
BEAT = 2.0
"""Seconds between two signs of life."""
SILENCE = 60.0
"""Seconds without one after which a process of another machine counts as dead."""
SECONDS_BETWEEN_LOOKS = 0.2


class FolderInUse(ConfigError):
    """Another process, which is alive, writes to the folder."""


class LockLost(LipschitzError):
    """Another process took the folder over, because this one seemed dead: it must not write there any more."""


class FolderLock:
    """The right to write to a folder, from `lock_folder` on until `release`; a context manager.

    Attributes:
        ticket: for others who work for this process, wherever they are.
    """

    def __init__(self, path: Path, holder: Holder) -> None:
        """Keep the lock file at `path`, which names `holder`, alive."""
        self.ticket = Ticket(path, holder.token)
        self._lost = False
        self._confirmed = time.monotonic()
        self._released = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def require(self) -> None:
        """Do nothing while the folder is ours.

        Raises:
            LockLost: it is not any more.
        """
        if not self._lost and time.monotonic() - self._confirmed > 2 * BEAT:
            self._look()  # the whole process stood still, and another may have given up on it
        if self._lost:
            raise LockLost(
                f"{self.ticket.path.parent} was taken over by another process; this one has stopped, writing nothing."
            )

    def release(self) -> None:
        """Give the folder free."""
        self._released.set()
        self._heart.join()
        holder = read_holder(self.ticket.path)
        if holder is not None and holder.token == self.ticket.token:
            self.ticket.path.unlink(missing_ok=True)

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _beat(self) -> None:
        while not self._lost and not self._released.wait(BEAT):
            self._look()

    def _look(self) -> None:
        try:
            if not self.ticket.valid():
                self._lost = True
                return
            os.utime(self.ticket.path)
        except OSError:
            return  # a file server that does not answer for a while
        self._confirmed = time.monotonic()


@dataclass(frozen=True)
class Ticket:
    """Tells whether a lock is still held by whoever handed out the ticket; can be sent to other machines.

    Attributes:
        path: the lock file.
        token: its holder's.
    """

    path: Path
    token: str

    def valid(self) -> bool:
        """Return whether the lock file is there and names the same holder.

        Raises:
            OSError: it cannot be told.
        """
        for _ in range(2):
            try:
                return f'"{self.token}"' in self.path.read_text(encoding="utf-8")
            except FileNotFoundError:
                # Network file systems remember for a while that there was no such file; listing the folder helps.
                if not self.path.parent.is_dir() or self.path.name not in os.listdir(self.path.parent):
                    return False
        return False

    def watch(self) -> Callable[[], bool]:
        """Return a function that tells, looking once in `BEAT` seconds, whether the ticket has become invalid."""
        looked, gone = float("-inf"), False

        def ended() -> bool:
            nonlocal looked, gone
            if not gone and time.monotonic() - looked > BEAT:
                looked = time.monotonic()
                try:
                    gone = not self.valid()
                except OSError:
                    gone = False
            return gone

        return ended


def lock_folder(
    folder: Path,
    *,
    patience: float = 0.0,
    should_stop: Callable[[], bool] = lambda: False,
    name: str = FILE,
) -> FolderLock:
    """Become the only process that writes to a folder.

    A lock left by a process of this machine that is dead is taken over at once; one of another machine, when it has
    given no sign of life for `SILENCE` seconds.

    Args:
        folder: must exist.
        patience: seconds to wait for another process to end.
        should_stop: asked while waiting.
        name: of the lock file.

    Raises:
        FolderInUse: another process has it.
        Interrupted: `should_stop` said so.
        OSError: the folder cannot be written to.
    """
    path = folder / name
    observed = _Observed()
    end = time.monotonic() + patience
    told = False
    while True:
        mine = Holder.here()
        if _create(path, mine):
            return FolderLock(path, mine)
        alive = observed.alive(path)
        if alive is False:
            _take_away(path, observed.holder)
            continue
        if alive and time.monotonic() >= end:
            raise FolderInUse(
                f"{folder} is being written by {observed.holder}; wait until it ends, stop it, or choose another "
                f"folder."
            )
        if not told and observed.holder is not None:
            told = True
            logger.warning("%s: waiting for %s to end, or to show no sign of life.", folder, observed.holder)
        if should_stop():
            raise Interrupted(f"stopped while waiting for {observed.holder} to leave {folder}.")
        time.sleep(SECONDS_BETWEEN_LOOKS)


def require_free(folder: Path) -> None:
    """Refuse a folder to which a process of this machine writes.

    Raises:
        FolderInUse: it does.
    """
    holder = read_holder(folder / FILE)
    if holder is not None and is_alive_here(holder):
        raise FolderInUse(
            f"{folder} is being written by {holder}; wait until it ends, stop it, or choose another folder."
        )


class _Observed:
    """What is known of the process that has a lock, from looking again and again."""

    def __init__(self) -> None:
        self.holder: Holder | None = None
        self._sign: tuple[str | None, float] | None = None
        self._since = 0.0
        self._moved = False

    def alive(self, path: Path) -> bool | None:
        """Return whether the process lives; `None` while that cannot be told."""
        self.holder = read_holder(path)
        if self.holder is not None and self.holder.host == this_host():
            return is_alive_here(self.holder)
        try:
            with path.open("rb") as file:  # opening makes network file systems ask the server
                beat = os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            self._sign = None
            return None
        # Clocks of machines differ, so what counts is whether the sign of life changes while we look.
        sign = (self.holder.token if self.holder else None, beat)
        if self._sign is None or self._sign[0] != sign[0]:
            self._sign, self._since, self._moved = sign, time.monotonic(), False
        elif self._sign != sign:
            self._sign, self._since, self._moved = sign, time.monotonic(), True
        if time.monotonic() - self._since > SILENCE:
            return False
        return True if self._moved else None


def _create(path: Path, holder: Holder) -> bool:
    """Create a lock file; return False if there is one."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(holder)))
    return True


def _take_away(path: Path, dead: Holder | None) -> None:
    """Remove the lock of a dead process; of several that try at a time, one succeeds."""
    aside = path.with_name(f"{path.name}-{uuid.uuid4().hex}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    if read_holder(aside) != dead:
        # Another process was faster, and what we moved is its new lock.
        with contextlib.suppress(OSError):  # a third one has it; the second one finds out before it writes
            os.link(aside, path)
    aside.unlink(missing_ok=True)
