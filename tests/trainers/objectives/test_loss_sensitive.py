"""Loss-Sensitive GAN: margins by the distance of a pair, and WGAN as a special case."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, BatchError, CriticOutput, FieldError
from lipschitz_trainers import registry

SEEDS = st.integers(0, 2**31)


def build(**fields):
    return registry.build("objective", "loss_sensitive", **fields)


def drawn(seed, shape=(5, 2, 3)):
    generator = torch.Generator().manual_seed(seed)
    real, fake = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))
    scores = 5 * torch.randn(2, shape[0], generator=generator, dtype=torch.float64)
    return Batch(real=real, fake=fake), *scores.requires_grad_(True)


def gradients(objective, batch, real, fake):
    loss = objective.critic_loss(CriticOutput(real), CriticOutput(fake), batch).sum()
    return torch.autograd.grad(loss, (real, fake))


@given(SEEDS, st.floats(0, 10), st.floats(-1, 1), st.floats(0, 2))
def test_the_formula_in_terms_of_the_loss_function(seed, coefficient, slope, real_weight):
    batch, real, fake = drawn(seed)
    found = build(coefficient=coefficient, slope=slope, real_weight=real_weight).critic_loss(
        CriticOutput(real), CriticOutput(fake), batch
    )
    loss_real, loss_fake = -real.detach().numpy(), -fake.detach().numpy()
    for i, (x, y) in enumerate(zip(batch.real.numpy(), batch.fake.numpy(), strict=True)):
        excess = coefficient * np.abs(x - y).sum() + loss_real[i] - loss_fake[i]
        cost = max(excess, slope * excess)
        assert found[i].item() == pytest.approx(real_weight * loss_real[i] + cost, abs=1e-9)


@given(SEEDS, st.floats(0, 10))
def test_slope_1_is_the_wasserstein_objective_up_to_the_margin(seed, coefficient):
    batch, real, fake = drawn(seed)
    ours, wasserstein = build(coefficient=coefficient, slope=1), registry.build("objective", "wasserstein")
    outputs = CriticOutput(real), CriticOutput(fake), batch
    torch.testing.assert_close(
        ours.critic_loss(*outputs) - wasserstein.critic_loss(*outputs), ours.margin(batch)
    )
    assert all(
        map(torch.equal, gradients(ours, batch, real, fake), gradients(wasserstein, batch, real, fake))
    )
    assert torch.equal(ours.generator_loss(outputs[1], batch), wasserstein.generator_loss(outputs[1], batch))


@given(SEEDS, st.floats(-0.5, 0.9))
def test_the_slope_weighs_pairs_that_are_far_enough_apart(seed, slope):
    batch, real, fake = drawn(seed)
    objective = build(slope=slope)
    open_ = (objective.margin(batch) + fake - real > 0).double()
    weights = open_ + slope * (1 - open_)
    on_real, on_fake = gradients(objective, batch, real, fake)
    torch.testing.assert_close(on_fake, weights)
    torch.testing.assert_close(on_real, -weights)
    assert torch.equal(gradients(build(), batch, real, fake)[1], open_)  # LS-GAN leaves them alone


def test_gradients_are_those_of_differences():
    batch, real, fake = drawn(3)
    objective = build(slope=0.2, real_weight=0.7)
    assert torch.autograd.gradcheck(
        lambda r, f: objective.critic_loss(CriticOutput(r), CriticOutput(f), batch), (real, fake)
    )


def test_it_needs_fakes_and_a_slope_up_to_1():
    one = CriticOutput(torch.ones(1))
    with pytest.raises(BatchError, match="loss_sensitive needs generated samples"):
        build().critic_loss(one, one, Batch(real=torch.zeros(1, 1)))
    with pytest.raises(FieldError, match="slope"):
        build(slope=1.5)
