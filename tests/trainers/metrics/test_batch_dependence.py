"""Dependence on the other samples: none, complete, and that of batch normalization, whose sum of scores is fixed."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz.seeding import fixed_seed
from lipschitz_trainers.metrics import BatchDependence
from lipschitz_trainers.metrics.batch_dependence import own_slopes, seen_slopes


def critic_with(*middle, seed=0):
    with fixed_seed(seed):
        return nn.Sequential(nn.Linear(3, 8), *middle, nn.Linear(8, 1), nn.Flatten(0)).double()


def measured(evaluation, normal, critic, **fields):
    real, fake = normal(40, 3).double(), normal(40, 3, seed=1).double()
    return BatchDependence(**fields).measure(evaluation(real, fake, critic=critic))


class AgainstTheMean(nn.Module):
    """A linear score minus ``share`` times its mean over the batch."""

    def __init__(self, share):
        super().__init__()
        self.share = share
        self.direction = nn.Parameter(torch.tensor([0.0, 3.0, 4.0], dtype=torch.float64))

    def forward(self, x):
        score = x @ self.direction
        return score - self.share * score.mean()


@pytest.mark.parametrize("middle", [(nn.Tanh(),), (nn.LayerNorm(8), nn.ReLU()), (nn.ReLU(), nn.Dropout(0.5))])
def test_independent_samples_have_the_slopes_that_are_seen(evaluation, normal, middle):
    values = measured(evaluation, normal, critic_with(*middle))
    assert values["batch_dependence"] == pytest.approx(0, abs=1e-12)
    assert values["slope_gap"] == pytest.approx(0, abs=1e-12)
    assert values["own_penalty"] == pytest.approx(values["seen_penalty"], rel=1e-9)


@given(st.floats(0, 2), st.integers(2, 20))
def test_what_is_taken_from_the_mean_is_known(evaluation, normal, share, batch):
    values = measured(evaluation, normal, AgainstTheMean(share), batch=batch)
    own, seen = 5 * abs(1 - share / batch), 5 * abs(1 - share)
    assert values["own_slope"] == pytest.approx(own, abs=1e-9)
    assert values["seen_slope"] == pytest.approx(seen, abs=1e-9)
    assert values["slope_gap"] == pytest.approx(abs(own - seen) / own if own > 0 else 0, abs=1e-6)
    assert values["own_penalty"] == pytest.approx((own - 1) ** 2, abs=1e-8)
    assert values["seen_penalty"] == pytest.approx((seen - 1) ** 2, abs=1e-8)
    assert (values["batch_dependence"] > 1e-4) == (share > 1e-3) or 0 < share <= 1e-3


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_between_linear_layers_batch_normalization_hides_every_slope(evaluation, normal, seed):
    values = measured(evaluation, normal, critic_with(nn.BatchNorm1d(8), seed=seed))
    assert values["seen_slope"] == pytest.approx(0, abs=1e-10)
    assert values["seen_penalty"] == pytest.approx(1, abs=1e-9)
    assert values["own_slope"] > 0.01
    assert values["slope_gap"] == pytest.approx(1, abs=1e-6)
    assert values["batch_dependence"] > 0


def test_gradients_are_those_of_the_whole_jacobian(normal):
    critic, points = critic_with(nn.BatchNorm1d(8), nn.Tanh()), normal(6, 3).double()
    jacobian = torch.autograd.functional.jacobian(copy.deepcopy(critic), points)
    assert torch.allclose(seen_slopes(critic, points), jacobian.sum(dim=0).norm(dim=1))
    own = torch.stack([jacobian[i, i].norm() for i in range(6)])
    assert torch.allclose(own_slopes(critic, points), own)


def test_the_critic_is_left_as_it_was(evaluation, normal):
    critic = critic_with(nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5)).eval()
    before = copy.deepcopy(critic.state_dict())
    values = measured(evaluation, normal, critic)
    assert values["batch_dependence"] > 0, "it is the training mode that couples"
    assert not any(module.training for module in critic.modules())
    assert all(p.grad is None for p in critic.parameters())
    assert all(torch.equal(value, before[key]) for key, value in critic.state_dict().items())


def test_functions_have_one_too(evaluation, normal):
    def double(x):
        return 2 * x[:, 0]

    values = measured(evaluation, normal, double)
    assert values["batch_dependence"] == pytest.approx(0, abs=1e-12)
    assert values["own_slope"] == values["seen_slope"] == pytest.approx(2)


def test_it_is_measured_only_where_it_is_asked_for():
    assert not BatchDependence.by_default
