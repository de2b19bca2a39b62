"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lipschitz_trainers.analyses.files import write_atomically


def test_writes_text_and_bytes_into_new_folders(tmp_path: Path) -> None:
    write_atomically(tmp_path / "deep" / "text", "ä")
    write_atomically(tmp_path / "deep" / "bytes", b"\x00")
    assert (tmp_path / "deep" / "text").read_text(encoding="utf-8") == "ä"
    assert (tmp_path / "deep" / "bytes").read_bytes() == b"\x00"
    assert (tmp_path / "deep" / "text").stat().st_mode & 0o777 == 0o644


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(source: object, target: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
