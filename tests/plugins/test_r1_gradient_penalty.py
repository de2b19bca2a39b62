"""R1: half the squared slope at the real samples, and what it does for the Dirac-GAN."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from torch import nn

import lipschitz
from lipschitz import Batch
from lipschitz.testing.strategies import batches, critics

NAME = "r1_gradient_penalty"


@given(critic=critics(), batch=batches())
def test_it_is_the_published_formula(critic, batch):
    got = lipschitz.build(NAME, coefficient=3).penalty(critic, batch)
    x = batch.real.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(got, 1.5 * gradient.square().flatten(1).sum(1), rtol=1e-9, atol=1e-12)


@given(batch=batches(shape=(3,)))
def test_half_the_squared_norm_has_the_closed_form(batch):
    got = lipschitz.build(NAME).penalty(lambda x: x.square().sum(1) / 2, batch)
    torch.testing.assert_close(got, 5 * batch.real.square().sum(1))


class Line(nn.Module):
    """D(x) = psi x."""

    def __init__(self):
        super().__init__()
        self.psi = nn.Parameter(torch.ones((), dtype=torch.float64))

    def forward(self, x):
        return self.psi * x[:, 0]


def distance_of_the_dirac_gan(constraint, rate=0.1, steps=600):
    """Train the Dirac-GAN (data at 0, generator at theta) by simultaneous gradient descent; return its distance."""
    critic, theta = Line(), torch.ones((), dtype=torch.float64, requires_grad=True)
    real = torch.zeros(1, 1, dtype=torch.float64)
    for step in range(steps):
        batch = Batch(real=real, fake=theta.detach().reshape(1, 1), step=step)
        loss = F.softplus(-critic(real)) + F.softplus(critic(batch.fake)) + constraint.penalty(critic, batch)
        (dpsi,) = torch.autograd.grad(loss.mean(), critic.psi)
        (dtheta,) = torch.autograd.grad(F.softplus(-critic(theta.reshape(1, 1))).mean(), theta)
        with torch.no_grad():
            critic.psi.sub_(rate * dpsi)
            theta.sub_(rate * dtheta)
    return math.hypot(theta.item(), critic.psi.item())


# The published facts: zero-centred penalties converge, none and the one of WGAN-GP do not.
@pytest.mark.parametrize("name", ["r1_gradient_penalty", "r2_gradient_penalty"])
def test_the_dirac_gan_converges_with_it(name):
    assert distance_of_the_dirac_gan(lipschitz.build(name, coefficient=1.0)) < 1e-3


@pytest.mark.parametrize("name", ["two_sided_gradient_penalty", "weight_clipping"])
def test_the_dirac_gan_does_not_converge_without(name):
    fields = {"coefficient": 1.0, "target": 0.3} if name.startswith("two") else {}
    assert distance_of_the_dirac_gan(lipschitz.build(name, **fields)) > 0.1


def test_the_published_coefficient_and_the_half():
    constraint = lipschitz.build(NAME)
    assert constraint.coefficient == 10.0
    assert constraint.penalty(lambda x: 2 * x[:, 0], Batch(real=torch.zeros(1, 1))).tolist() == [20.0]
