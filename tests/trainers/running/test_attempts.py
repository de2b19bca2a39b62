"""Runs that kill their process again and again."""

import json

import pytest

from lipschitz import TrainingError
from lipschitz_trainers.running.attempts import FILE, MOST, SecondChances, attempt, reached_in


def die(folder, command="one"):
    """Begin an attempt, and go no further."""
    with attempt(folder, command):
        left = (folder / FILE).read_text()
    (folder / FILE).write_text(left)


def advance(folder, iteration):
    (folder / "checkpoints").mkdir(exist_ok=True)
    (folder / "checkpoints" / f"iteration-{iteration:08d}.ckpt").write_text("")


def test_an_attempt_that_ends_leaves_nothing(tmp_path):
    for error in (None, ValueError):
        if error is None:
            with attempt(tmp_path, "one"):
                pass
        else:
            with pytest.raises(error), attempt(tmp_path, "one"):
                raise error
        assert list(tmp_path.iterdir()) == []


def test_after_some_deaths_the_run_has_failed_and_can_be_tried_anew(tmp_path):
    for _ in range(MOST):
        die(tmp_path)
    with pytest.raises(
        TrainingError, match=f"died {MOST} times without getting beyond generator iteration 0"
    ):
        die(tmp_path)
    assert list(tmp_path.iterdir()) == []
    die(tmp_path)


def test_a_run_that_gets_on_may_die_as_often_as_it_takes(tmp_path):
    for iteration in range(1, 3 * MOST):
        die(tmp_path)
        advance(tmp_path, iteration)
    assert json.loads((tmp_path / FILE).read_text())["deaths"] == 0
    assert reached_in(tmp_path) == 3 * MOST - 1


def test_deaths_under_another_command_are_forgotten(tmp_path):
    for command in "abcdefgh":
        die(tmp_path, command)


def test_second_chances_are_few_unless_the_run_gets_on(tmp_path):
    chances = SecondChances()
    assert [chances.left(tmp_path) for _ in range(MOST + 1)] == [True] * MOST + [False]
    advance(tmp_path, 5)
    assert [chances.left(tmp_path) for _ in range(MOST + 1)] == [True] * MOST + [False]
    assert chances.left(tmp_path / "another")
