"""R1: half the squared slope at the real samples."""

import torch
from hypothesis import given

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


def test_the_published_coefficient_and_the_half():
    constraint = lipschitz.build(NAME)
    assert constraint.coefficient == 10.0
    assert constraint.penalty(lambda x: 2 * x[:, 0], Batch(real=torch.zeros(1, 1))).tolist() == [20.0]


def test_the_authors_code_is_twice_as_strong_as_the_paper():
    # It multiplies the squared norm by 10, without the half.
    batch = Batch(real=torch.randn(5, 3))
    got = lipschitz.build(NAME, coefficient=20).penalty(lambda x: x.square().sum(1) / 2, batch)
    torch.testing.assert_close(got, 10 * batch.real.square().sum(1))
