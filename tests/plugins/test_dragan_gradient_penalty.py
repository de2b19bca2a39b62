"""DRAGAN's penalty: the formula of its published code, around the data only."""

import numpy as np
import pytest
import torch
from hypothesis import given

import lipschitz
from lipschitz import Batch
from lipschitz.testing.strategies import batches, critics

NAME = "dragan_gradient_penalty"


@given(critic=critics(), batch=batches())
def test_it_is_the_published_formula(critic, batch):
    state = batch.generator.get_state()
    got = lipschitz.build(NAME).penalty(critic, batch)
    batch.generator.set_state(state)
    alpha, noise = batch.uniform(1), batch.uniform(2)
    perturbed = batch.real + 0.5 * np.std(batch.real.numpy()) * noise
    x = (batch.real + alpha * (perturbed - batch.real)).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    want = 10 * (np.linalg.norm(gradient.numpy(), axis=1) - 1) ** 2
    assert got.tolist() == pytest.approx(want.tolist(), rel=1e-8, abs=1e-10)


def test_generated_samples_play_no_part():
    constraint, values = lipschitz.build(NAME), []
    for fake in (None, torch.full((4, 2), 50.0)):
        batch = Batch(
            real=torch.arange(8.0).reshape(4, 2), fake=fake, generator=torch.Generator().manual_seed(0)
        )
        values.append(constraint.penalty(lambda x: x.square().sum(1), batch))
    assert torch.equal(*values)


def test_defaults_are_the_published_ones():
    constraint = lipschitz.build(NAME)
    assert (constraint.coefficient, constraint.target, constraint.radius) == (10.0, 1.0, 0.5)
    assert constraint.per_sample is False


def test_the_radius_can_be_chosen():
    batch = Batch(real=torch.tensor([[1.0], [3.0]]), generator=torch.Generator().manual_seed(0))
    got = lipschitz.build(NAME, radius=4.0, target=0.0, coefficient=1.0).penalty(
        lambda x: x.square().sum(1) / 2, batch
    )
    draws = torch.Generator().manual_seed(0)
    alpha, noise = torch.rand(2, generator=draws), torch.rand(2, 1, generator=draws)
    points = batch.real[:, 0] + alpha * 4.0 * noise[:, 0]  # the standard deviation of 1 and 3 is 1
    torch.testing.assert_close(got, points.square())
