"""The Dirac-GAN of Mescheder et al.: with which constraints training reaches its one equilibrium, by closed forms.

The data is a point at 0, the generator a point at theta, and the critic is linear with slope psi. One step of gradient
descent of both players follows a vector field that is known for every constraint; s(t) = 1 / (1 + exp(t)).
"""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch

REAL = torch.zeros(1, 1, dtype=torch.float64)
positions = st.floats(-3, 3)


class Line(nn.Module):
    """The paper's critic psi x is high for generated samples; ours is its negative."""

    def __init__(self, psi):
        super().__init__()
        self.psi = nn.Parameter(torch.tensor(float(psi), dtype=torch.float64))

    def forward(self, x):
        return -self.psi * x[:, 0]


LOSSES = {
    "saturating": (lambda real, fake: F.softplus(-real) + F.softplus(fake), lambda fake: -F.softplus(fake)),
    "non-saturating": (
        lambda real, fake: F.softplus(-real) + F.softplus(fake),
        lambda fake: F.softplus(-fake),
    ),
    "wasserstein": (lambda real, fake: fake - real, lambda fake: -fake),
}
"""Of the critic and of the generator."""


def s(t):
    return 1 / (1 + np.exp(t))


FIELDS = {
    "saturating": lambda theta, psi: (-psi * s(psi * theta), theta * s(psi * theta)),
    "non-saturating": lambda theta, psi: (-psi * s(-psi * theta), theta * s(psi * theta)),
    "wasserstein": lambda theta, psi: (-psi, theta),
}
"""The published fields (d theta, d psi) without a constraint."""

# The published terms of d psi, with the numbers of the authors' notebook: r = 1 and g0 = 0.3 for WGAN-GP.
TERMS = {
    "r1_gradient_penalty": ({"coefficient": 0.3}, lambda psi: -0.3 * psi),
    "r2_gradient_penalty": ({"coefficient": 0.3}, lambda psi: -0.3 * psi),
    "two_sided_gradient_penalty": (
        {"coefficient": 0.5, "target": 0.3},
        lambda psi: -(abs(psi) - 0.3) * np.sign(psi),
    ),
    "weight_clipping": ({"bound": 0.3}, lambda psi: 0.0),
}


def field_of(game, constraint, theta, critic):
    """Return minus the gradients of both players' losses: by theta, and by psi."""
    critic_loss, generator_loss = LOSSES[game]
    theta = torch.tensor(float(theta), dtype=torch.float64, requires_grad=True)
    fake = theta.reshape(1, 1)
    batch = Batch(real=REAL, fake=fake.detach())
    loss = critic_loss(critic(REAL), critic(batch.fake)) + constraint.penalty(critic, batch)
    (dpsi,) = torch.autograd.grad(loss.mean(), critic.psi)
    (dtheta,) = torch.autograd.grad(generator_loss(critic(fake)).mean(), theta)
    return -dtheta.item(), -dpsi.item()


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("game", FIELDS)
@given(theta=positions, psi=positions)
def test_gradients_are_the_published_vector_field(game, name, theta, psi):
    fields, term = TERMS[name]
    found = field_of(game, lipschitz.build(name, **fields), theta, Line(psi))
    dtheta, dpsi = FIELDS[game](theta, psi)
    assert found == pytest.approx((dtheta, dpsi + term(psi)), rel=1e-9, abs=1e-12)


@given(psi=positions)
def test_clipping_keeps_the_slope_within_the_published_bound(psi):
    critic = Line(psi)
    lipschitz.build("weight_clipping", bound=0.3).project(critic)
    assert critic.psi.item() == min(max(psi, -0.3), 0.3)


def farthest_at_the_end(game, constraint, critic_steps, rate=0.2, steps=250):
    """Train from (1, 1), the critic several steps for each of the generator; return the last 100 steps' distance."""
    critic, theta, distances = Line(1.0), 1.0, []
    for step in range(steps):
        for _ in range(critic_steps):
            _, dpsi = field_of(game, constraint, theta, critic)
            with torch.no_grad():
                critic.psi.add_(rate * dpsi)
            constraint.project(critic, step)
        dtheta, _ = field_of(game, constraint, theta, critic)
        theta += rate * dtheta
        distances.append(math.hypot(theta, critic.psi.item()))
    return max(distances[-100:])


@pytest.mark.parametrize("critic_steps", [1, 3])
@pytest.mark.parametrize("name", ["r1_gradient_penalty", "r2_gradient_penalty"])
def test_it_converges_with_zero_centred_penalties(name, critic_steps):
    constraint = lipschitz.build(name, coefficient=1.0)
    assert farthest_at_the_end("non-saturating", constraint, critic_steps) < 1e-2


@pytest.mark.parametrize("critic_steps", [1, 3])
@pytest.mark.parametrize(
    ("game", "name"),
    [
        ("non-saturating", None),
        ("wasserstein", None),
        ("wasserstein", "weight_clipping"),
        ("wasserstein", "two_sided_gradient_penalty"),
    ],
)
def test_it_does_not_converge_without_nor_as_wgan_or_wgan_gp(game, name, critic_steps):
    constraint = lipschitz.build(name, **TERMS[name][0]) if name else lipschitz.compose()
    assert farthest_at_the_end(game, constraint, critic_steps) > 0.1
