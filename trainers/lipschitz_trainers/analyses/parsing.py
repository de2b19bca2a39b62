"""Checking the form of ``results.json``, so that every problem is named at once."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from lipschitz.errors import DataError

STATUSES = ("done", "failed", "interrupted")


class Problems:
    """What is wrong with a file, gathered before it is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[str] = []

    def require(self, holder: dict[str, Any], key: str, kinds: type | tuple[type, ...], where: str) -> Any:
        """Return ``holder[key]`` if it is there with one of the types, else note the problem and return None."""
        if key not in holder:
            self.found.append(f"{where} lacks {key!r}")
            return None
        value = holder[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in _flat(kinds)):
            wanted = " or ".join(kind.__name__ for kind in _flat(kinds))
            self.found.append(f"{where}: {key!r} should be {wanted}, got {value!r}")
            return None
        return value

    def raise_if_any(self) -> None:
        """Raise `DataError` with everything found."""
        if self.found:
            listed = "\n  ".join(self.found)
            raise DataError(f"{self.path} is not a results file of this framework:\n  {listed}")
