"""How long many runs will take."""

import time
from pathlib import Path

import pytest

from lipschitz_trainers.cli.pace import Pace

A, B, C = map(Path, "abc")


@pytest.fixture
def clock(monkeypatch):
    """Return a function that moves the time forward."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def forward(seconds):
        now[0] += seconds

    return forward


def test_nothing_is_known_at_the_start(clock):
    pace = Pace({A: (0, 10)})
    clock(5)
    assert pace.seconds_left() is None
    pace.see(A, 0)
    clock(5)
    assert pace.seconds_left() is None


def test_the_rest_at_the_pace_so_far(clock):
    pace = Pace({A: (0, 100), B: (0, 100)})
    clock(3600)  # waiting for the first worker
    pace.see(A, 0)
    clock(10)
    pace.see(A, 20)
    assert pace.seconds_left() == pytest.approx(180 / 2)


def test_iterations_made_before_are_neither_made_nor_left(clock):
    pace = Pace({A: (60, 100), B: (0, 100)})
    pace.see(A, 60)
    clock(10)
    pace.see(A, 80)
    assert pace.seconds_left() == pytest.approx((20 + 100) / 2)


def test_runs_that_failed_or_were_done_earlier_say_nothing_of_the_pace(clock):
    pace = Pace({A: (0, 100), B: (100, 100), C: (0, 100)})
    pace.finish(B, seconds=50.0, counts=False)
    pace.see(A, 0)
    clock(10)
    pace.see(A, 50)
    pace.finish(C, seconds=1.0, counts=False)
    assert pace.seconds_left() == pytest.approx(10)


def test_a_run_that_fell_back_to_its_checkpoint(clock):
    pace = Pace({A: (0, 100)})
    pace.see(A, 0)
    clock(10)
    pace.see(A, 50)
    pace.see(A, 20)
    assert pace.seconds_left() == pytest.approx(80 / 2)
