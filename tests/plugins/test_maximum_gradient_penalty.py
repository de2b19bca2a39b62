"""The steepest point pays for all: closed forms, gradient, optimum."""

import pytest
import torch
from hypothesis import given
from torch import nn

import lipschitz
from lipschitz import Batch
from lipschitz.testing.strategies import batches, critics

NAME = "maximum_gradient_penalty"


@given(critic=critics(), batch=batches())
def test_it_is_the_published_formula(critic, batch):
    state = batch.generator.get_state()
    got = lipschitz.build(NAME, coefficient=3).penalty(critic, batch)
    batch.generator.set_state(state)
    x = lipschitz.interpolate(batch.real, batch.fake, batch.uniform()).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    assert got.shape == ()
    assert got.item() == pytest.approx(3 * gradient.square().sum(1).max().item(), rel=1e-9, abs=1e-12)


@given(batch=batches(shape=(3,)))
def test_half_the_squared_norm_has_the_closed_form(batch):
    got = lipschitz.build(NAME, points="real", coefficient=10).penalty(lambda x: x.square().sum(1) / 2, batch)
    assert got.item() == pytest.approx(10 * batch.real.square().sum(1).max().item())


def test_only_the_steepest_sample_teaches():
    weight = torch.ones(2, dtype=torch.float64, requires_grad=True)
    batch = Batch(real=torch.tensor([[1.0, 0.0], [0.0, 3.0]]).double())
    penalty = lipschitz.build(NAME, points="real", coefficient=1.0).penalty(
        lambda x: (x.square() * weight).sum(1) / 2, batch
    )
    (derivative,) = torch.autograd.grad(penalty, weight)
    assert derivative.tolist() == [0.0, 18.0]


@pytest.mark.parametrize(("distance", "coefficient"), [(1.0, 1.0), (2.0, 0.5)])
def test_the_optimal_slope_follows_from_the_coefficient(distance, coefficient):
    """On two point masses -d s + lambda s^2 is smallest at s = d / (2 lambda)."""
    critic = nn.Linear(1, 1)
    nn.init.constant_(critic.weight, 0.1)
    constraint = lipschitz.build(NAME, coefficient=coefficient)
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    real, fake = torch.full((8, 1), distance), torch.zeros(8, 1)
    for step in range(150):
        batch = Batch(real=real, fake=fake, step=step)
        loss = (critic(fake) - critic(real)).mean() + constraint.penalty(critic, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert critic.weight.item() == pytest.approx(distance / (2 * coefficient), rel=1e-3)


def test_it_looks_at_the_batch_as_a_whole_and_says_so():
    assert lipschitz.build(NAME).per_sample is False
