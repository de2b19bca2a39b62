"""The critic's estimate: a lower bound for critics of slope 1, exact for the best one."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz import CriticOutput
from lipschitz_trainers.metrics import CriticW1


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 30), st.integers(2, 5), st.integers(0, 2**31))
def test_a_linear_critic_of_slope_one_never_overestimates(evaluation, normal, n, dimension, seed):
    direction = nn.functional.normalize(normal(dimension, seed=seed), dim=0)
    real, fake = normal(n, dimension, seed=seed + 1), normal(n, dimension, seed=seed + 2)
    values = CriticW1().measure(evaluation(real, fake, critic=lambda x: x @ direction))
    assert values["critic_w1_error"] <= 1e-5
    assert values["critic_w1"] == pytest.approx(float((real.mean(0) - fake.mean(0)) @ direction), abs=1e-5)


def test_the_optimal_critic_of_a_translation_is_exact(evaluation, normal):
    real = normal(40, 2)
    values = CriticW1().measure(evaluation(real, real - torch.tensor([2.0, 0.0]), critic=lambda x: x[:, 0]))
    assert values["critic_w1"] == pytest.approx(2, abs=1e-5)
    assert values["critic_w1_error"] == pytest.approx(0, abs=1e-5)


def test_too_steep_a_critic_has_a_positive_error(evaluation, normal):
    real = normal(40, 2)
    values = CriticW1().measure(evaluation(real, real - 1, critic=lambda x: 3 * x.sum(dim=1)))
    assert values["critic_w1_error"] == pytest.approx(6 - math.sqrt(2), abs=1e-4)


def test_modules_outputs_and_columns_are_understood_and_left_alone(evaluation, normal):
    critic = nn.Linear(2, 1)
    real, fake = normal(1100, 2), normal(1100, 2, seed=1)  # more than two chunks
    want = float((critic(real).mean() - critic(fake).mean()).detach())
    for judged in (critic, lambda x: CriticOutput(critic(x)[:, 0])):
        got = CriticW1().measure(evaluation(real, fake, critic=judged))["critic_w1"]
        assert got == pytest.approx(want, abs=1e-5)
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_nan_in_generated_samples_or_scores_is_reported(evaluation, normal):
    real, fake = normal(10, 2), torch.full((10, 2), torch.nan)
    values = CriticW1().measure(evaluation(real, fake))
    assert all(math.isnan(value) for value in values.values())
    values = CriticW1().measure(evaluation(real, real, critic=lambda x: x[:, 0] * torch.nan))
    assert all(math.isnan(value) for value in values.values())
