"""Logs read into series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.history import read_history


def write(folder: Path, *lines: Any) -> Path:
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "metrics.jsonl").write_text("\n".join(text))
    return folder


def test_training_and_evaluation_lines_are_told_apart(tmp_path: Path) -> None:
    history = read_history(
        write(
            tmp_path,
            {"step": 0, "w1_estimate": 1.0},
            {"step": 1, "evaluation": {"w1": 0.5}},
            {"step": 2, "w1_estimate": 3.0},
        )
    )
    assert history.trained("w1_estimate").steps.tolist() == [0, 2]
    assert history.trained("w1_estimate").values.tolist() == [1, 3]
    assert history.evaluated("w1").values.tolist() == [0.5]
    assert len(history.evaluated("w1_estimate")) == 0
    assert len(history.trained("unknown")) == 0


def test_values_that_are_not_finite_are_left_out(tmp_path: Path) -> None:
    history = read_history(
        write(
            tmp_path,
            {"step": 0, "w1_estimate": None},
            '{"step": 1, "w1_estimate": NaN}',
            {"step": 2, "w1_estimate": "much"},
            {"w1_estimate": 1.0},
            {"step": 4, "w1_estimate": 4.0},
        )
    )
    assert history.trained("w1_estimate").steps.tolist() == [4]


def test_steps_come_sorted(tmp_path: Path) -> None:
    history = read_history(write(tmp_path, {"step": 5, "penalty": 5.0}, {"step": 1, "penalty": 1.0}))
    assert history.trained("penalty").values.tolist() == [1, 5]


def test_a_last_line_cut_off_is_left_out(tmp_path: Path) -> None:
    history = read_history(write(tmp_path, {"step": 0, "penalty": 1.0}, '{"step": 1, "pena'))
    assert history.trained("penalty").steps.tolist() == [0]


@pytest.mark.parametrize("line", ["no json", "[1]"])
def test_damage_elsewhere_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"metrics\.jsonl, line 2: expected one JSON object"):
        read_history(write(tmp_path, {"step": 0}, line, {"step": 2}))


def test_only_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"step": 0, "w1_estimate": 1.0, "penalty": 2.0}, {"step": 1, "evaluation": {"w1": 3.0}})
    history = read_history(tmp_path, only=["w1_estimate"])
    assert list(history.training) == ["w1_estimate"]
    assert history.evaluated("w1").values.tolist() == [3.0]


def test_no_log_is_an_empty_history(tmp_path: Path) -> None:
    assert len(read_history(tmp_path).trained("penalty")) == 0
