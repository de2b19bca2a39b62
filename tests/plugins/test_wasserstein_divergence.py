"""The penalty of Wasserstein divergences: formula, defaults, the slope it leads to."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, FieldError
from lipschitz.testing.strategies import batches, critics

NAME = "wasserstein_divergence"


@given(critic=critics(), batch=batches(), k=st.floats(0.1, 5), p=st.floats(1.5, 8))
def test_it_is_the_published_formula(critic, batch, k, p):
    state = batch.generator.get_state()
    got = lipschitz.build(NAME, coefficient=k, power=p).penalty(critic, batch)
    batch.generator.set_state(state)
    x = lipschitz.interpolate(batch.real, batch.fake, batch.uniform()).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    want = [k * sum(v * v for v in row) ** (p / 2) for row in gradient.tolist()]
    assert got.tolist() == pytest.approx(want, rel=1e-8, abs=1e-12)


def test_defaults_are_the_published_ones():
    constraint = lipschitz.build(NAME)
    assert (constraint.coefficient, constraint.power, constraint.points) == (2.0, 6.0, "between")
    with pytest.raises(FieldError, match="power must be > 1"):
        lipschitz.build(NAME, power=1.0)


@pytest.mark.parametrize(("distance", "k", "p"), [(1.0, 2.0, 6.0), (2.0, 1.0, 3.0)])
def test_the_optimal_slope_has_the_closed_form(distance, k, p):
    """On two point masses -d s + k s^p is smallest at s = (d / (k p))^(1 / (p - 1))."""
    critic = nn.Linear(1, 1)
    nn.init.constant_(critic.weight, 0.3)
    constraint = lipschitz.build(NAME, coefficient=k, power=p)
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.05)
    real, fake = torch.full((4, 1), distance), torch.zeros(4, 1)
    for step in range(200):
        batch = Batch(real=real, fake=fake, step=step)
        loss = (critic(fake) - critic(real)).mean() + constraint.penalty(critic, batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert critic.weight.item() == pytest.approx((distance / (k * p)) ** (1 / (p - 1)), rel=1e-3)


@pytest.mark.parametrize("power", [1.2, 2.0, 6.0])
def test_everything_is_finite_at_a_critic_of_zeros(power):
    critic = nn.Linear(2, 1)
    nn.init.zeros_(critic.weight)
    batch = Batch(real=torch.ones(2, 2), fake=torch.zeros(2, 2))
    penalty = lipschitz.build(NAME, power=power).penalty(critic, batch)
    penalty.sum().backward()
    assert penalty.tolist() == [0, 0]
    assert critic.weight.grad.isfinite().all()
