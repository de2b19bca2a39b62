"""Numbers of every iteration: appended to ``metrics.jsonl``, and to TensorBoard where wanted."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from lipschitz import MissingExtraError


def finite_or_none(value: Any) -> Any:
    """Return `value` with NaN and infinities, which JSON has no spelling for, replaced by None, at any depth."""
    if isinstance(value, dict):
        return {key: finite_or_none(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_or_none(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Recorder:
    """Appends records to a file that can be cut back to where a checkpoint was taken.

    Attributes:
        path: the file, one JSON object a line.
    """

    def __init__(self, path: Path, tensorboard: bool = False) -> None:
        """Open `path` for appending."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._board = _summary_writer(path.parent / "tensorboard") if tensorboard else None

    def write(self, record: dict[str, Any]) -> None:
        """Append one record; it reaches the disk at the latest with the next checkpoint."""
        self._file.write(json.dumps(finite_or_none(record), allow_nan=False) + "\n")
        if self._board is not None:
            for key, value in {**record, **record.get("evaluation", {})}.items():
                if isinstance(value, int | float) and key != "step":
                    self._board.add_scalar(key, value, record["step"])

    def position(self) -> int:
        """Return the length of the file in bytes, everything written so far included."""
        self._file.flush()
        return self._file.tell()

    def cut(self, position: int) -> None:
        """Forget what was written after `position`: a resumed run writes it again."""
        self._file.flush()
        self._file.truncate(position)
        self._file.seek(0, 2)

    def close(self) -> None:
        """Write what is buffered and close."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def _summary_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter  # slow to import
    except ImportError as error:
        raise MissingExtraError(
            'TensorBoard is not installed: pip install "torch-lipschitz[train]", or set tensorboard: false.'
        ) from error
    return SummaryWriter(str(folder))


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a ``metrics.jsonl``; a last line cut off by a crash is left out."""
    records: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return records
