"""Local maxima of surfaces: cones at known places, and islands counted by flooding level by level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label

from lipschitz_trainers.analyses.artifacts import Surface
from lipschitz_trainers.analyses.surface_maxima import maxima

X, Y = np.linspace(-2, 2, 41), np.linspace(-1, 3, 33)


def cones(tops, heights):
    distances = [np.hypot(X[None, :] - x, Y[:, None] - y) for x, y in tops]
    return np.max([height - distance for height, distance in zip(heights, distances, strict=True)], axis=0)


def test_cones_have_maxima_at_their_tops_the_highest_first():
    tops = [(1.0, 2.0), (-1.0, 0.0), (1.5, 0.0)]
    found = maxima(Surface(X, Y, cones(tops, [0.0, 0.5, 0.2])))
    np.testing.assert_allclose([(one.x, one.y) for one in found], [tops[1], tops[2], tops[0]], atol=1e-9)
    # Between two equally steep cones one goes down half their distance, less half of what the lower one lacks.
    assert found[1].prominence == pytest.approx((2.5 - 0.3) / 2, abs=0.1)
    assert found[0].distance() == pytest.approx(1)


def islands(values, level):
    """Return how many pieces lie above a level, diagonal neighbours together."""
    return label(values > level, structure=np.ones((3, 3)))[1]


@given(arrays(np.int64, st.tuples(st.integers(2, 7), st.integers(2, 7)), elements=st.integers(0, 8)))
def test_above_a_level_there_are_as_many_islands_as_maxima_rise_from_it(values):
    """A maximum with its prominence is an island that lives from its height down to where it joins another."""
    height, width = values.shape
    surface = Surface(np.arange(width), np.arange(height), values.astype(np.float32))
    found = maxima(surface, least=0)
    for level in range(values.min(), values.max()):
        tops = [(values[int(one.y), int(one.x)], one.prominence) for one in found]
        assert islands(values, level) == sum(top > level >= top - prominence for top, prominence in tops)


def test_ripples_below_the_least_prominence_and_values_that_are_not_finite_do_not_count():
    hill = -np.hypot(X[None, :], Y[:, None])
    rippled = hill.copy()
    rippled[::4, ::4] += 0.12  # where a step up the hill is one of 0.1 to 0.14
    assert len(maxima(Surface(X, Y, rippled))) == 1
    assert len(maxima(Surface(X, Y, rippled), least=1e-4)) > 1
    broken = hill.copy()
    broken[0, :3] = np.nan, np.inf, -np.inf
    np.testing.assert_allclose([(one.x, one.y) for one in maxima(Surface(X, Y, broken))], [(0, 0)], atol=1e-9)


def test_a_slope_has_its_maximum_at_the_edge_and_a_flat_surface_none():
    slope = X[None, :] + 2 * Y[:, None]
    assert [(one.x, one.y) for one in maxima(Surface(X, Y, slope))] == [(2, 3)]
    assert maxima(Surface(X, Y, 0 * slope)) == maxima(Surface(X, Y, np.nan * slope)) == []
