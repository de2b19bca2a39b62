"""Bounds by discriminators, against integrals of the densities."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import nn

from lipschitz_trainers.metrics import JensenShannon

SAMPLES = 20_000


def gaussians(distance, n=SAMPLES):
    """Return quantiles of N(0, 1) and N(distance, 1): samples without noise."""
    points = torch.tensor(stats.norm.ppf((np.arange(n) + 0.5) / n)).reshape(-1, 1)
    return points, points + distance


def measured(evaluation, real, fake, critic):
    return JensenShannon().measure(evaluation(real, fake, critic=critic))


def integral(f):
    return integrate.quad(f, -12, 16, limit=400)[0]


# Not further apart: the mean of exp(d) depends on ever rarer samples, which quantiles leave out.
@pytest.mark.parametrize("distance", [0.0, 0.5, 1.0])
def test_the_best_discriminator_reaches_the_divergences(evaluation, distance):
    p, q = stats.norm(0).pdf, stats.norm(distance).pdf

    def middle(x):
        return (p(x) + q(x)) / 2

    def ratio(x):  # the logarithm of p / q
        return distance * (distance / 2 - x[:, 0])

    found = measured(evaluation, *gaussians(distance), ratio)
    js = integral(lambda x: p(x) * np.log(p(x) / middle(x)) + q(x) * np.log(q(x) / middle(x))) / 2
    tv = integral(lambda x: abs(p(x) - q(x))) / 2
    assert found["jensen_shannon"] == pytest.approx(js, abs=2e-4)
    assert found["total_variation"] == pytest.approx(tv, abs=2e-4)
    assert found["kullback_leibler"] == pytest.approx(distance**2 / 2, abs=2e-3)


@given(scale=st.floats(-3, 3), shift=st.floats(-3, 3), distance=st.floats(0, 3))
def test_no_other_discriminator_gets_beyond(evaluation, scale, shift, distance):
    real, fake = gaussians(distance, 2000)
    best = measured(evaluation, real, fake, lambda x: distance * (distance / 2 - x[:, 0]))
    found = measured(evaluation, real, fake, lambda x: scale * x[:, 0] + shift)
    for key in ("jensen_shannon", "total_variation", "kullback_leibler"):
        assert found[key] <= best[key] + 0.01


@given(weight=st.floats(-2, 2), bias=st.floats(-2, 2))
def test_the_gradient_is_the_change_by_moving_all_fakes(evaluation, normal, weight, bias):
    real, fake = normal(40, 2).double(), normal(40, 2, seed=1).double()
    critic = nn.Sequential(nn.Linear(2, 1), nn.Tanh()).double()
    with torch.no_grad():
        critic[0].weight.copy_(torch.tensor([[weight, 1.0]]))
        critic[0].bias.fill_(bias)
    found = measured(evaluation, real, fake, critic)
    for axis in range(2):
        step = torch.zeros(2, dtype=torch.float64)
        step[axis] = 1e-5
        up, down = (measured(evaluation, real, fake + s, critic)["jensen_shannon"] for s in (step, -step))
        assert found[f"jensen_shannon_gradient_{axis + 1}"] == pytest.approx((up - down) / 2e-5, abs=1e-8)


def test_a_sure_discriminator_gives_no_gradient(evaluation):
    real, fake = torch.zeros(5, 1), torch.ones(5, 1)
    found = measured(evaluation, real, fake, lambda x: 100 * (0.5 - x[:, 0]))
    assert found["jensen_shannon"] == pytest.approx(math.log(2))
    assert abs(found["jensen_shannon_gradient_1"]) < 1e-18


def test_diverged_fakes_and_critics_that_mix_samples_have_no_numbers(evaluation, normal):
    found = measured(evaluation, normal(8, 2), normal(8, 2) * torch.nan, lambda x: x[:, 0])
    assert all(math.isnan(found[key]) for key in ("jensen_shannon", "total_variation", "kullback_leibler"))
    mixing = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    found = measured(evaluation, normal(8, 2), normal(8, 2, seed=1), mixing)
    assert math.isnan(found["jensen_shannon_gradient_1"])
    assert math.isfinite(found["jensen_shannon"])
