"""Bounds that critics of f-GANs reach between two Gaussians on the line."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz.errors import DataError
from lipschitz_trainers.data import EightGaussians, Gaussian
from lipschitz_trainers.metrics import FDivergenceBound
from lipschitz_trainers.registry import build
from lipschitz_trainers.truth.f_divergences import DIVERGENCES

PAIR = {"dimension": 1, "distance": 0.5, "seed": 3}


def sides(name="shifted_gaussians", **fields):
    fields = fields or PAIR
    return (build("dataset", name, **fields, side=side).open() for side in "pq")


def measured(evaluation, normal, critic, divergence, name="shifted_gaussians", **fields):
    p, q = sides(name, **fields)
    given_ = evaluation(normal(5, 1), normal(5, 1), critic=critic, source=p)
    return FDivergenceBound(divergence=divergence).measure(dataclasses.replace(given_, fake_source=q))


def log_ratio(x):
    """log p / q of the pair: N(0, 1) against a Gaussian moved by 1/2 along its direction."""
    p, _ = sides()
    mean = 0.5 * p.side.truth.direction[0]
    return mean * mean / 2 - mean * x[:, 0].double()


OPTIMAL = {
    "kl": lambda r: 1 + r,
    "reverse_kl": lambda r: r,
    "pearson": lambda r: 2 * r.expm1(),
    "neyman": lambda r: 2 * r,
    "squared_hellinger": lambda r: r / 2,
    "jensen_shannon": lambda r: r,
    "gan": lambda r: r,
    "total_variation": lambda r: 1000 * r,
}


@pytest.mark.parametrize("divergence", sorted(DIVERGENCES))
def test_the_optimal_critic_has_the_divergence_and_no_error(evaluation, normal, divergence):
    found = measured(evaluation, normal, lambda x: OPTIMAL[divergence](log_ratio(x)), divergence)
    tolerance = 2e-3 if divergence == "total_variation" else 1e-5
    assert found["f_divergence_bound"] == pytest.approx(found["f_divergence_true"], abs=tolerance)
    assert found["f_divergence_error"] == pytest.approx(0, abs=5 * tolerance)


@pytest.mark.parametrize("divergence", sorted(DIVERGENCES))
@settings(deadline=None, max_examples=20)
@given(scale=st.floats(-2, 2), shift=st.floats(-2, 2))
def test_no_other_critic_gets_beyond(evaluation, normal, divergence, scale, shift):
    found = measured(evaluation, normal, lambda x: scale * x[:, 0] + shift, divergence)
    assert found["f_divergence_bound"] <= found["f_divergence_true"] + 1e-4


def test_the_real_side_may_be_either(evaluation, normal):
    p, q = sides("scaled_gaussians", dimension=1, std=1.0, wide_std=1.2)
    given_ = evaluation(normal(5, 1), normal(5, 1), critic=lambda x: x[:, 0], source=q)
    found = FDivergenceBound(divergence="kl").measure(dataclasses.replace(given_, fake_source=p))
    assert found["f_divergence_true"] == pytest.approx(math.log(1 / 1.2) + 1.2**2 / 2 - 0.5, abs=1e-9)


def test_a_constant_is_as_far_off_as_the_optimum_deviates_from_its_mean(evaluation, normal):
    found = measured(evaluation, normal, lambda x: 0 * x[:, 0] + 0.875, "kl")
    # f'(p / q) = 1 + log(p / q) is Gaussian under both, its mean 1 + 1/8 and 1 - 1/8: 1 over both.
    centred = measured(evaluation, normal, lambda x: 0 * x[:, 0] + 1, "kl")
    assert centred["f_divergence_error"] == pytest.approx(1, abs=1e-6)
    assert found["f_divergence_error"] > 1


def test_other_data_is_left_alone(evaluation, normal):
    metric = FDivergenceBound()
    assert not metric.by_default
    p, _ = sides()
    assert metric.applies_to(p)
    for dataset in (Gaussian(), EightGaussians(), build("dataset", "shifted_gaussians", dimension=2)):
        assert not metric.applies_to(dataset.open())
    for other in (None, p):
        here = dataclasses.replace(
            evaluation(normal(5, 1), normal(5, 1), critic=lambda x: x[:, 0], source=p), fake_source=other
        )
        with pytest.raises(DataError, match="two sides of a pair of Gaussians on the line"):
            metric.measure(here)
