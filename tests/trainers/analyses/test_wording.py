"""Numbers for readers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.wording import (
    duration,
    gist,
    listed,
    mean_and_spread,
    number,
    plural,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.08134, "0.0813"),
        (12345.6, "12,346"),
        (-0.5, "−0.500"),
        (0.0, "0"),
        (1e-5, "1.00e-5"),
        (-2e7, "−2.00e7"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-8, 1e8))
def test_a_number_can_be_read_back(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("mean", "std", "text"),
    [
        (0.0812, 0.00431, "0.0812 ± 0.0043"),
        (8.963, 0.021, "8.96 ± 0.02"),
        (0.418, 0.0004, "0.4180 ± 0.0004"),
        (2.0, 0.0, "2.00 ± 0.00"),
        (2.0, 1e-9, "2.00 ± 1e-9"),
        (2.0, math.nan, "2.00"),
        (math.nan, math.nan, "–"),
    ],
)
def test_mean_and_spread(mean: float, std: float, text: str) -> None:
    assert mean_and_spread(mean, std) == text


def test_counts_and_lists() -> None:
    assert (plural(1, "seed"), plural(1200, "seed")) == ("1 seed", "1,200 seeds")
    assert (listed("a"), listed("ab"), listed("abc"), listed("")) == ("a", "a and b", "a, b and c", "–")


def test_gist_of_an_error() -> None:
    assert gist("TrainingError: loss is NaN\nmore") == "TrainingError: loss is NaN"
    assert gist("Traceback (most recent call last):\n  File ...\nValueError: no\n") == "ValueError: no"
    assert (gist(None), gist(" \n")) == ("no message", "no message")


def test_values_of_claims() -> None:
    assert [value_text(value) for value in (None, True, 0.12345, 7, "about 7")] == [
        "–",
        "yes",
        "0.123",
        "7",
        "about 7",
    ]


def test_durations() -> None:
    assert [duration(s) for s in (0.25, 59.0, 61.4, 7400.0, math.nan)] == [
        "0.25 s",
        "59 s",
        "1 min 1 s",
        "2 h 3 min",
        "–",
    ]
