"""The smooth maximum of affine functions."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers import registry


def build(shape=(3,), **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", "log_sum_exp_mlp", **fields).build(shape, ()).double()


def maximum(critic, x):
    """The maximum itself, and what the small network adds."""
    pieces = x.flatten(1) @ critic.pieces.weight.T + critic.pieces.bias
    return pieces.amax(dim=1), critic.rest(x)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.floats(1e-3, 10), st.floats(0.1, 1e4), st.integers(0, 2**31))
def test_it_lies_between_the_maximum_and_the_maximum_plus_t_log_k(pieces, temperature, size, seed):
    critic = build(pieces=pieces, temperature=temperature, width=4)
    x = size * torch.randn(20, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    highest, rest = maximum(critic, x)
    above = critic(x) - rest - highest
    tolerance = 1e-12 * size
    assert (above >= -tolerance).all()
    assert (above <= temperature * math.log(pieces) + tolerance).all()


def test_it_is_a_mean_of_slopes_weighted_by_who_is_near_the_maximum():
    critic = build(pieces=7, temperature=0.3, width=4, depth=1)
    x = torch.randn(9, 3, dtype=torch.float64)
    weights = torch.softmax((x @ critic.pieces.weight.T + critic.pieces.bias) / 0.3, dim=1)
    want = weights @ critic.pieces.weight + lipschitz.input_gradients(critic.rest, x)
    torch.testing.assert_close(lipschitz.input_gradients(critic, x), want)


def test_it_serves_samples_of_any_shape_and_nothing_but_critics():
    assert build((2, 4, 4), width=4)(torch.randn(5, 2, 4, 4).double()).shape == (5,)
    network = registry.build("network", "log_sum_exp_mlp")
    assert network.role == "critic"
    with pytest.raises(FieldError, match=r"returns scores, it cannot serve outputs of shape \(2,\)"):
        network.build((3,), (2,))
    with pytest.raises(FieldError, match="temperature must be > 0"):
        registry.build("network", "log_sum_exp_mlp", temperature=0)


def test_a_penalty_trains_it():
    critic = build(width=4, pieces=6)
    batch = lipschitz.Batch(real=3 * torch.randn(8, 3).double(), fake=torch.randn(8, 3).double())
    penalty = lipschitz.build("two_sided_gradient_penalty")
    assert penalty.prepare(critic, batch) is critic
    penalty.penalty(critic, batch).mean().backward()
    assert critic.pieces.weight.grad.abs().sum() > 0
