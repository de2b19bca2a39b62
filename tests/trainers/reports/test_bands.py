"""Curves of several seeds."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.reports import bands


def series(*points: tuple[float, float]) -> Series:
    both = np.array(points, dtype=float).reshape(-1, 2)
    return Series(both[:, 0], both[:, 1])


def test_bins_average_each_seed_before_seeds_are_compared() -> None:
    steps = np.arange(1000.0)
    up, down = Series(steps, np.where(steps % 2, 1.0, 3.0)), Series(steps, np.where(steps % 2, 5.0, 7.0))
    band = bands.binned([up, down])
    assert band is not None
    assert len(band.steps) == bands.BINS
    np.testing.assert_allclose(band.mean, 4.0, atol=0.3)
    np.testing.assert_allclose(band.low, 2.0, atol=0.3)
    np.testing.assert_allclose(band.high, 6.0, atol=0.3)


def test_a_seed_that_stopped_early_counts_as_long_as_it_ran() -> None:
    band = bands.exact([series((0, 1), (10, 2), (20, 3)), series((0, 3))])
    assert band is not None
    assert band.steps.tolist() == [0, 10, 20]
    assert band.mean.tolist() == [2, 2, 3]
    assert band.high.tolist() == [3, 2, 3]


@pytest.mark.parametrize("function", [bands.binned, bands.exact])
@pytest.mark.parametrize("seeds", [[], [series()]])
def test_nothing_gives_nothing(function: object, seeds: list[Series]) -> None:
    assert function(seeds) is None  # type: ignore[operator]


def test_one_point_is_a_band() -> None:
    band = bands.binned([series((0, 5))])
    assert band is not None
    assert band.mean.tolist() == [5]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1.0, 2.0], "linear"),
        ([0.01, 2.0], "log"),
        ([-0.01, 0.5, 2.0], "symlog"),
        ([], "linear"),
        ([0.0, 0.0], "linear"),
    ],
)
def test_the_axis_suits_the_range(values: list[float], scale: str) -> None:
    axis = Figure().subplots()
    bands.value_axis(axis, np.array([*values, np.nan]), factor=10)
    assert axis.get_yscale() == scale


def test_steps_are_short() -> None:
    axis = Figure().subplots()
    axis.plot([0, 200_000], [0, 1])
    bands.step_axis([axis])
    axis.figure.draw_without_rendering()  # type: ignore[union-attr]
    assert "100k" in [label.get_text() for label in axis.get_xticklabels()]
