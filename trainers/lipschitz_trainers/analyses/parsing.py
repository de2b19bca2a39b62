"""Checking the form of ``results.json``, so that all of its problems are named at once."""

from __future__ import annotations

import json
import math
import shlex
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lipschitz.errors import DataError

STATUSES = ("done", "failed", "interrupted")
KNOWN = ("experiment", "profile", "environment", "command", "runs", "claims")
_REQUIRED = object()


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises:
        DataError: it is missing, unreadable, or something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            f"{path} does not exist; expected the output folder of `lipschitz run` or `lipschitz compare`."
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}. Run the experiment again.") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} should hold one JSON object, got a {type(content).__name__}.")
    return content


@dataclass
class Fields:
    """One JSON object whose keys are taken out one by one, with every problem noted.

    Attributes:
        content: the object.
        where: how a message names it.
        problems: gathers what is wrong; shared by all objects of a file.
    """

    content: Any
    where: str
    problems: list[str] = field(default_factory=list)

    def take(self, key: str, *kinds: type, default: Any = _REQUIRED) -> Any:
        """Return the value of `key` if it has one of the types; else note the problem and return None."""
        if not isinstance(self.content, dict):
            return None
        value = self.content.get(key, default)
        if value is _REQUIRED:
            self.problems.append(f"{self.where} lacks {key!r}")
            return None
        truth_for_number = isinstance(value, bool) and bool not in kinds  # True is an int to Python
        if value is default or (isinstance(value, kinds) and not truth_for_number):
            return value
        wanted = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds)
        self.problems.append(f"{self.where}: {key!r} should be {wanted}, got {value!r}")
        return None

    def each(self, key: str) -> list[Fields]:
        """Return the objects in the list under `key`."""
        items = [
            Fields(item, f"{key}[{i}]", self.problems) for i, item in enumerate(self.take(key, list) or [])
        ]
        self.problems += [
            f"{item.where} should be an object" for item in items if not isinstance(item.content, dict)
        ]
        return items


def results_fields(top: Fields) -> dict[str, Any]:
    """Take the keys of a whole results file."""
    command = top.take("command", str, list, type(None), default=None)
    return {
        "experiment": top.take("experiment", str),
        "profile": top.take("profile", str),
        "environment": top.take("environment", dict),
        "command": shlex.join(map(str, command)) if isinstance(command, list) else command,
        "runs": [_run_fields(run) for run in top.each("runs")],
        "claims": [claim_fields(claim) for claim in top.each("claims")],
        "others": {key: value for key, value in top.content.items() if key not in KNOWN},
    }


def _run_fields(run: Fields) -> dict[str, Any]:
    status, directory = run.take("status", str), run.take("directory", str)
    if status is not None and status not in STATUSES:
        run.problems.append(f"{run.where}: 'status' should be one of {', '.join(STATUSES)}, got {status!r}")
    if directory is not None and (
        PurePosixPath(directory).is_absolute() or ".." in PurePosixPath(directory).parts
    ):
        run.problems.append(
            f"{run.where}: 'directory' should lie inside the output folder, got {directory!r}"
        )
    metrics: dict[str, Any] = run.take("metrics", dict) or {}
    for key, value in metrics.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            run.problems.append(f"{run.where}: metric {key!r} should be a number or null, got {value!r}")
    wall_seconds = run.take("wall_seconds", int, float, type(None))
    return {
        "variant": run.take("variant", str),
        "seed": run.take("seed", int),
        "directory": directory,
        "status": status,
        "metrics": {key: math.nan if value is None else value for key, value in metrics.items()},
        "wall_seconds": math.nan if wall_seconds is None else float(wall_seconds),
        "error": run.take("error", str, type(None), default=None),
    }


def claim_fields(claim: Fields) -> dict[str, Any]:
    """Take the keys of one claim."""
    return {
        "id": claim.take("id", str),
        "statement": claim.take("statement", str),
        "paper": claim.take("paper", object, bool, default=None),
        "measured": claim.take("measured", object, bool, default=None),
        "holds": claim.take("holds", bool, type(None)),
        "note": claim.take("note", str, type(None), default=None),
        "criterion": claim.take("criterion", bool, default=True),
        "refutable": claim.take("refutable", bool, default=True),
    }
