"""The sliced distance against its definition."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError, FieldError
from lipschitz_trainers.metrics import SlicedW1, exact_w1
from lipschitz_trainers.metrics.sliced_w1 import random_directions, sliced_w1


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 15), st.integers(1, 6), st.integers(1, 10), st.integers(0, 2**31))
def test_it_is_the_mean_of_projected_distances_and_below_the_exact_one(normal, n, dimension, count, seed):
    a, b = normal(n, dimension, seed=seed).double(), normal(n, dimension, seed=seed + 1).double()
    directions = random_directions(dimension, count, torch.Generator().manual_seed(seed))
    projected = [(a @ d).sort().values - (b @ d).sort().values for d in directions.T]
    got = sliced_w1(a, b, directions)
    assert got == pytest.approx(float(torch.stack(projected).abs().mean()), abs=1e-9)
    assert got <= exact_w1(a, b) + 1e-9


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**31))
def test_directions_are_unit_vectors(dimension, count, seed):
    directions = random_directions(dimension, count, torch.Generator().manual_seed(seed))
    assert directions.shape == (dimension, count)
    torch.testing.assert_close(directions.norm(dim=0), torch.ones(count, dtype=torch.float64))


def test_a_translation_in_the_plane_costs_two_over_pi_of_its_length(evaluation, normal):
    # The mean of |cos| over directions.
    real = normal(30, 2)
    values = SlicedW1(projections=20_000).measure(evaluation(real, real + torch.tensor([3.0, 4.0])))
    assert values["sliced_w1"] == pytest.approx(5 * 2 / math.pi, rel=0.01)
    assert values["sliced_w1_floor"] == pytest.approx(0, abs=1e-9)


def test_both_distances_use_the_same_directions_of_the_evaluations_generator(evaluation, normal):
    real, other = normal(20, 1, 3, 3), normal(20, 1, 3, 3, seed=1)
    values = SlicedW1(projections=3).measure(evaluation(real, other, other))
    assert values["sliced_w1"] == values["sliced_w1_floor"] > 0
    assert values == SlicedW1(projections=3).measure(evaluation(real, other, other))
    assert values != SlicedW1(projections=3).measure(evaluation(real, other, other, seed=1))


def test_a_diverged_generator_gets_nan(evaluation, normal):
    real = normal(10, 2)
    values = SlicedW1().measure(evaluation(real, real * torch.nan, normal(10, 2, seed=1)))
    assert math.isnan(values["sliced_w1"])
    assert values["sliced_w1_floor"] > 0


def test_what_does_not_fit_is_refused(normal):
    with pytest.raises(DataError, match="got 2, 3 and 2"):
        sliced_w1(normal(4, 2), normal(4, 3), torch.eye(2, dtype=torch.float64))
    with pytest.raises(FieldError, match=">= 1"):
        SlicedW1(projections=0)
