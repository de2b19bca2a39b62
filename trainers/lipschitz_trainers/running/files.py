"""Writing JSON so that a crash leaves the old file or the new one, never half of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lipschitz_trainers.training.records import finite_or_none


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write `data`; NaN and infinities become null."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(finite_or_none(data), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what `write_json` wrote, or `None` when there is no readable file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None
