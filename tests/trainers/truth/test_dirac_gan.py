"""The Dirac-GAN's fields, against gradients of the trainer's own losses and constraints."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import Batch
from lipschitz.critic import output_of
from lipschitz_trainers.analyses.dirac_fields import FIELDS, FIXED
from lipschitz_trainers.config import load_experiment
from lipschitz_trainers.registry import build
from lipschitz_trainers.truth.dirac_gan import DiracField

positions = st.floats(-3, 3, width=32).filter(lambda x: abs(x) > 1e-3)
CONFIGS = {run.variant: run.config for run in load_experiment("dirac_gan").resolve()}


def velocities(objective, constraint, theta, psi, noise=None):
    """Return minus the gradients of both losses, on samples without noise or with that of given real and fake ones."""
    critic = build("network", "linear", slope=-psi).build((1,), ()).double()
    generator = build("network", "dirac_generator", start=theta).build((1,), (1,)).double()
    real, around = (torch.zeros(1, 1, dtype=torch.float64),) * 2 if noise is None else noise
    fake = generator(torch.zeros(len(around), 1, dtype=torch.float64)) + around
    batch = Batch(real=real, fake=fake.detach(), generator=torch.Generator().manual_seed(0))
    on_real, on_fake = (output_of(critic(x), len(real)) for x in (real, batch.fake))
    loss = objective.critic_loss(on_real, on_fake, batch).mean() + constraint.penalty(critic, batch).mean()
    (by_weight,) = torch.autograd.grad(loss, critic.layers[0].weight)
    generated = objective.generator_loss(output_of(critic(fake), len(fake)), batch).mean()
    (by_theta,) = torch.autograd.grad(generated, generator.theta)
    return -by_theta.item(), by_weight.item()  # psi is minus the weight


@pytest.mark.parametrize("variant", [name for name, field in FIELDS.items() if field.noise == 0])
@given(theta=positions, psi=positions)
def test_they_are_minus_the_gradients_of_the_experiments_own_losses(variant, theta, psi):
    config = CONFIGS[variant]
    by_theta, by_psi = FIELDS[variant](np.array([theta]), np.array([psi]))
    found = velocities(config.objective, config.constraint, theta, psi)
    assert found == pytest.approx((by_theta[0], by_psi[0]), rel=1e-6, abs=1e-9)


def test_every_variant_has_a_field_a_slope_that_is_fixed_or_a_third_variable():
    assert set(CONFIGS) == {*FIELDS, *FIXED, "augmented_lagrangian_gradient_penalty"}
    assert FIELDS["wgan"].bound == CONFIGS["wgan"].constraint.bound
    noisy = CONFIGS["instance_noise"]
    assert FIELDS["instance_noise"].noise == noisy.dataset.std == noisy.generator.network.noise


@pytest.mark.parametrize(("theta", "psi"), [(1.0, 1.0), (-0.5, 2.0), (0.3, -0.2), (0.0, 0.7)])
@pytest.mark.parametrize("game", ["minimax", "non_saturating", "wasserstein"])
def test_under_instance_noise_they_are_expectations(game, theta, psi):
    # Quantiles instead of draws: an integral without sampling noise.
    nodes = torch.distributions.Normal(0.0, 0.8).icdf(
        (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    )
    found = velocities(
        build("objective", game), lipschitz.compose(), theta, psi, noise=(nodes[:, None], nodes[:, None])
    )
    by_theta, by_psi = DiracField(game, noise=0.8)(np.array([theta]), np.array([psi]))
    assert found == pytest.approx((by_theta[0], by_psi[0]), abs=2e-4)


@given(theta=st.floats(-5, 5), psi=st.floats(-5, 5))
def test_minimax_without_a_penalty_moves_on_circles(theta, psi):
    by_theta, by_psi = DiracField("minimax")(np.array([theta]), np.array([psi]))
    assert theta * by_theta[0] + psi * by_psi[0] == pytest.approx(0, abs=1e-12)


@given(theta=st.floats(-5, 5), psi=st.floats(-5, 5))
def test_non_saturating_never_moves_outwards(theta, psi):
    by_theta, by_psi = DiracField("non_saturating")(np.array([theta]), np.array([psi]))
    assert theta * by_theta[0] + psi * by_psi[0] <= 1e-12
