"""The median filter against a plain loop, and against scipy's other one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import signal

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.smoothing import median_filtered

CURVES = st.lists(st.floats(-1e6, 1e6), max_size=40)
WINDOWS = st.integers(0, 9).map(lambda half: 2 * half + 1)


@given(CURVES, WINDOWS)
@example([0.0, 1.0], 17)  # a window many times the curve
def test_it_is_the_median_around_each_value_of_the_mirrored_curve(curve: list[float], window: int) -> None:
    half = window // 2
    endless = np.concatenate([curve, curve[::-1]])
    want = [
        np.median([endless[j % len(endless)] for j in range(i - half, i + half + 1)])
        for i in range(len(curve))
    ]
    np.testing.assert_array_equal(median_filtered(curve, window), want)


@given(CURVES, WINDOWS)
def test_away_from_the_ends_it_is_scipys(curve: list[float], window: int) -> None:
    half = window // 2
    if len(curve) >= window:
        inner = slice(half, len(curve) - half)
        np.testing.assert_array_equal(
            median_filtered(curve, window)[inner], signal.medfilt(np.array(curve), window)[inner]
        )


def test_outliers_go_and_steps_stay() -> None:
    step = np.repeat([0.0, 1.0], 50)
    noisy = step.copy()
    noisy[[0, 10, 70, 99]] = 1e9
    np.testing.assert_array_equal(median_filtered(noisy, 7), step)


@pytest.mark.parametrize("window", [0, -3, 4])
def test_windows_have_a_middle(window: int) -> None:
    with pytest.raises(DataError, match=f"odd and at least 1, got {window}"):
        median_filtered([1.0], window)


@pytest.mark.parametrize("values", [[1.0, np.nan], [np.inf], [[1.0, 2.0]], 3.0])
def test_other_values_are_refused(values: object) -> None:
    with pytest.raises(DataError, match="finite values of shape"):
        median_filtered(values, 3)  # type: ignore[arg-type]
