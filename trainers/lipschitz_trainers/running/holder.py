"""The process that a lock file names, and whether it lives."""

from __future__ import annotations

import json
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """The process that a lock file names.

    Attributes:
        token: different for each time a lock is taken.
        host: the machine, as `this_host` names it.
        pid: number of the process there.
        began: when the process was started, as the machine counts; tells apart processes that had the same number.
        since: when the lock was taken, for people.
    """

    token: str
    host: str
    pid: int
    began: int | None
    since: str

    @classmethod
    def here(cls) -> Holder:
        """Return one for this process, with a new token."""
        pid = os.getpid()
        return cls(uuid.uuid4().hex, this_host(), pid, _began(pid), f"{datetime.now():%Y-%m-%d %H:%M:%S}")

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.split('/')[0]} (since {self.since})"


def read_holder(path: Path) -> Holder | None:
    """Return the holder that a lock file names, or `None` where that cannot be told."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def this_host() -> str:
    """Return what names this machine: host name, boot, and the numbering of processes (containers have their own)."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    except OSError:
        pass  # not Linux
    return "/".join(parts)


def is_alive_here(holder: Holder) -> bool:
    """Return whether a process of this machine lives; False for one of another machine."""
    if holder.host != this_host():
        return False
    began = _began(holder.pid)
    if began is not None or Path("/proc/self/stat").exists():
        return began is not None and began == holder.began
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # someone else's
    return True


def _began(pid: int) -> int | None:
    """Return when a process was started, in ticks since the machine was; `None` for a dead one, or if unknown."""
    try:
        # The name in parentheses may hold anything.
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        )
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])
