"""The interval of a critic's Lipschitz constant: bounds on the right side of it, or a reason."""

import itertools
import logging
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz import FieldError
from lipschitz.seeding import fixed_seed
from lipschitz.testing.strategies import critics
from lipschitz_trainers.metrics import LipschitzInterval, Slopes, lipschitz_interval

KEYS = {"lipschitz_lower", "lipschitz_upper", "lipschitz_interval"}


@pytest.fixture(autouse=True)
def nothing_logged_yet():
    lipschitz_interval.log_once.cache_clear()


def perceptron(*sizes, seed=0):
    with fixed_seed(seed):
        layers = [layer for i, o in itertools.pairwise(sizes) for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class Strange(nn.Module):
    """Leaves torch in the middle, so that nothing is known about it from above."""

    def forward(self, x):
        return torch.linalg.svdvals(x.reshape(-1, 2, 2)).sum(1, keepdim=True)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(0, 2**31))
def test_of_a_linear_critic_the_constant_is_known(evaluation, normal, dimension, seed):
    critic = nn.Linear(dimension, 1)
    critic.weight.data = normal(1, dimension, seed=seed)
    steepness = float(critic.weight.detach().norm())
    real, fake = normal(9, dimension, seed=seed + 1), normal(9, dimension, seed=seed + 2)
    values = LipschitzInterval(steps=3).measure(evaluation(real, fake, critic=critic))
    assert values.keys() == KEYS
    assert values["lipschitz_lower"] == pytest.approx(steepness, rel=1e-5)
    assert values["lipschitz_upper"] == pytest.approx(steepness, rel=1e-5)
    assert values["lipschitz_interval"] == pytest.approx(1, rel=1e-5)


@settings(deadline=None, max_examples=20)
@given(critic=critics((3,), activations=("relu", "tanh"), dtype=torch.float32), seed=st.integers(0, 2**31))
def test_lower_is_below_upper_and_not_below_the_slopes_at_the_samples(evaluation, normal, critic, seed):
    real, fake = normal(20, 3, seed=seed), normal(20, 3, seed=seed + 1) + 1
    given_ = evaluation(real, fake, critic=critic)
    values, slopes = LipschitzInterval(steps=4).measure(given_), Slopes().measure(given_)
    for place in ("real", "fake"):
        assert values["lipschitz_lower"] >= slopes[f"slope_{place}_max"] * (1 - 1e-5)
    if "lipschitz_upper" in values:  # not every normalizer has a bound
        assert values["lipschitz_lower"] <= values["lipschitz_upper"] * (1 + 1e-5)


def test_steps_raise_the_lower_bound(evaluation, normal):
    given_ = evaluation(normal(30, 10), normal(30, 10, seed=1), critic=perceptron(10, 32, 32, 1))
    without, with_ = (LipschitzInterval(steps=steps).measure(given_) for steps in (0, 20))
    assert with_["lipschitz_lower"] > 1.1 * without["lipschitz_lower"]
    assert with_["lipschitz_upper"] == without["lipschitz_upper"]


def test_images_and_modules_work_without_touching_the_critic(evaluation, normal):
    critic = nn.Sequential(nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(16, 1))
    with torch.no_grad():  # as evaluations usually run
        values = LipschitzInterval(points=4, steps=3).measure(
            evaluation(normal(9, 1, 4, 4), normal(9, 1, 4, 4, seed=1), critic=critic)
        )
    assert 0 < values["lipschitz_lower"] <= values["lipschitz_upper"]
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_a_bound_nobody_knows_is_absent_and_the_reason_logged_once(evaluation, normal, caplog):
    critic = nn.Sequential(nn.Linear(4, 4), Strange())
    given_ = evaluation(normal(9, 4), normal(9, 4, seed=1), critic=critic)
    with caplog.at_level(logging.WARNING, "lipschitz"):
        first, second = (LipschitzInterval(points=4, steps=2).measure(given_) for _ in range(2))
    assert first.keys() == second.keys() == {"lipschitz_lower"}
    (record,) = caplog.records
    assert record.getMessage().startswith("no upper bound of the critic's Lipschitz constant: ")


def test_a_critic_that_mixes_samples_has_no_slope(evaluation, normal, caplog):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).train()
    with caplog.at_level(logging.WARNING, "lipschitz"):
        values = LipschitzInterval().measure(evaluation(normal(9, 2), normal(9, 2, seed=1), critic=critic))
    assert "lipschitz_lower" not in values
    assert "couples the samples" in caplog.text


def test_a_flat_critic_has_no_ratio(evaluation, normal):
    critic = nn.Linear(2, 1)
    critic.weight.data.zero_()
    values = LipschitzInterval().measure(evaluation(normal(9, 2), normal(9, 2, seed=1), critic=critic))
    assert values == {"lipschitz_lower": 0.0, "lipschitz_upper": 0.0}


def test_a_diverged_generator_leaves_the_real_samples_to_start_from(evaluation, normal):
    critic = perceptron(2, 8, 1)
    values = LipschitzInterval().measure(evaluation(normal(9, 2), math.nan * normal(9, 2), critic=critic))
    assert values.keys() == KEYS
    assert all(math.isfinite(value) for value in values.values())


def test_fields_are_checked():
    for wrong in ({"points": 0}, {"steps": -1}):
        with pytest.raises(FieldError):
            LipschitzInterval(**wrong)
