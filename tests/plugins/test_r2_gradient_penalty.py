"""R2: half the squared slope at the generated samples."""

import pytest
import torch
from hypothesis import given

import lipschitz
from lipschitz import Batch, BatchError
from lipschitz.testing.strategies import batches, critics

NAME = "r2_gradient_penalty"


@given(critic=critics(), batch=batches())
def test_it_is_the_published_formula(critic, batch):
    got = lipschitz.build(NAME, coefficient=3).penalty(critic, batch)
    x = batch.fake.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(got, 1.5 * gradient.square().flatten(1).sum(1), rtol=1e-9, atol=1e-12)


@given(batch=batches(shape=(3,)))
def test_half_the_squared_norm_has_the_closed_form(batch):
    got = lipschitz.build(NAME).penalty(lambda x: x.square().sum(1) / 2, batch)
    torch.testing.assert_close(got, 5 * batch.fake.square().sum(1))


def test_generated_samples_are_needed():
    with pytest.raises(BatchError, match="a penalty at the fake samples needs generated samples"):
        lipschitz.build(NAME).penalty(lambda x: x[:, 0], Batch(real=torch.zeros(1, 1)))


def test_both_may_be_composed():
    batch = Batch(real=torch.zeros(2, 1), fake=torch.ones(2, 1))
    both = lipschitz.compose(lipschitz.build(NAME), lipschitz.build("r1_gradient_penalty", coefficient=2.0))
    assert both.penalty(lambda x: 2 * x[:, 0], batch).tolist() == [24.0, 24.0]
