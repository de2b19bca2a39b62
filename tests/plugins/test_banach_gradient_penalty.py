"""The penalty for other norms of the space of samples: closed forms, duality, its published numbers."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import Batch, FieldError
from lipschitz.testing.strategies import batches, critics, weights

NAME = "banach_gradient_penalty"
exponents = st.one_of(st.just("inf"), st.just(1.0), st.floats(1.05, 20))


@given(critic=critics(), batch=batches(), norm=exponents, target=st.floats(0.2, 5))
def test_it_is_the_published_formula(critic, batch, norm, target):
    state = batch.generator.get_state()
    got = lipschitz.build(NAME, norm=norm, target=target, coefficient=3).penalty(critic, batch)
    batch.generator.set_state(state)
    x = lipschitz.interpolate(batch.real, batch.fake, batch.uniform()).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    order = {"inf": 1.0, 1.0: np.inf}.get(norm) or 1 / (1 - 1 / norm)
    norms = np.array([np.linalg.norm(row / (np.abs(row).max() or 1), order) for row in gradient.numpy()])
    norms *= np.abs(gradient.numpy()).max(1)
    assert got.tolist() == pytest.approx((3 * (norms / target - 1) ** 2).tolist(), rel=1e-8, abs=1e-10)


@given(w=weights((3,)), batch=batches(shape=(3,)), norm=exponents)
def test_a_critic_that_is_steepest_in_that_norm_is_free(w, batch, norm):
    if not w.any():
        return
    p = float(norm)
    order = 1.0 if math.isinf(p) else math.inf if p == 1 else p / (p - 1)
    largest = w.abs().max()
    unit = w / (largest * torch.linalg.vector_norm(w / largest, ord=order))
    got = lipschitz.build(NAME, norm=norm, target=2).penalty(lambda x: 2 * x @ unit, batch)
    assert got.tolist() == pytest.approx([0.0] * batch.size, abs=1e-12)


def test_the_euclidean_norm_is_the_two_sided_penalty():
    critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    values = []
    for name, fields in ((NAME, {"norm": 2.0}), ("two_sided_gradient_penalty", {})):
        batch = Batch(
            real=torch.ones(5, 2), fake=-torch.ones(5, 2), generator=torch.Generator().manual_seed(0)
        )
        values.append(lipschitz.build(name, **fields).penalty(critic, batch))
    assert torch.equal(*values)


def test_defaults_and_ranges():
    constraint = lipschitz.build(NAME)
    assert (constraint.coefficient, constraint.target, constraint.norm) == (10.0, 1.0, 10.0)
    for fields in ({"norm": 0.9}, {"target": 0}, {"norm": "two"}):
        with pytest.raises(FieldError):
            lipschitz.build(NAME, **fields)
