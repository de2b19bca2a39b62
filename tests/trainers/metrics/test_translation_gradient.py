"""The pull on all generated samples: exactly that of an affine critic, and finite differences."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz_trainers.data import Digits
from lipschitz_trainers.metrics import TranslationGradient
from lipschitz_trainers.metrics.critic_w1 import estimate


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=4))
def test_of_an_affine_critic_it_is_minus_its_gradient(evaluation, normal, slope):
    weight = torch.tensor(slope)
    given_ = evaluation(normal(6, len(slope)), normal(6, len(slope)), critic=lambda x: x @ weight + 1)
    found = TranslationGradient().measure(given_)
    for axis, entry in enumerate(slope, start=1):
        assert found[f"translation_gradient_{axis}"] == pytest.approx(-entry, abs=1e-6)
    assert found["translation_gradient"] == pytest.approx(math.hypot(*slope), abs=1e-5)


def test_it_is_the_change_of_the_critics_estimate(evaluation, normal):
    critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    real, fake = normal(20, 3).double(), normal(20, 3, seed=1).double()
    found = TranslationGradient().measure(evaluation(real, fake, critic=critic))
    for axis in range(3):
        step = 1e-5 * torch.eye(3, dtype=torch.float64)[axis]
        up, down = (estimate(evaluation(real, fake + s, critic=critic)) for s in (step, -step))
        assert found[f"translation_gradient_{axis + 1}"] == pytest.approx((up - down) / 2e-5, abs=1e-8)


def test_critics_that_mix_samples_have_none_and_images_are_left_alone(evaluation, normal):
    mixing = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    found = TranslationGradient().measure(evaluation(normal(8, 2), normal(8, 2), critic=mixing))
    assert all(math.isnan(value) for value in found.values())
    assert not TranslationGradient().applies_to(Digits().open())
