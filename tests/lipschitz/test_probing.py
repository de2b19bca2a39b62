"""Copies, repeatable calls, other samples and comparisons."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz.probing import as_found, differ, kept_samples, others_replaced
from lipschitz.scrap import redraw, scrap_copy
from lipschitz.testing.strategies import tensors


@given(tensors((4, 3)), st.floats(0.01, 10))
def test_differences_are_relative_to_the_largest_entry(x, shift):
    scale = float(x.abs().max())
    assert differ(x, x + shift * scale)
    assert not differ(x, x * (1 + 1e-6))
    assert not differ(x[:0], x[:0])


def test_a_scrap_copy_shares_nothing():
    critic = nn.Linear(2, 1)
    before = critic.weight.clone()
    redraw(scrap_copy(critic))
    assert torch.equal(critic.weight, before)


def test_buffers_are_put_back_and_randomness_is_repeated():
    critic = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout())
    x = torch.randn(4, 3) + 5
    with as_found(critic):
        first = critic(x)
    assert torch.equal(critic[0].running_mean, torch.zeros(3))
    with as_found(critic):
        assert torch.equal(critic(x), first)


@given(st.integers(2, 20))
def test_every_sample_is_kept_and_replaced(size):
    masks = torch.stack(kept_samples(size))
    assert bool(masks.any(0).all())
    assert bool((~masks).any(0).all())
    assert bool(masks.any(1).all())


@given(st.lists(st.booleans(), min_size=2, max_size=6))
def test_kept_samples_stay_and_others_do_not(mask):
    kept = torch.tensor(mask)
    points, labels = torch.randn(len(mask), 3), torch.arange(len(mask))
    others, (changed,) = others_replaced({"a": points}, (labels,), kept)
    assert torch.equal(others["a"][kept], points[kept])
    assert not bool((others["a"][~kept] == points[~kept]).any())
    assert torch.equal(changed[kept], labels[kept])
    assert len(set(changed[~kept].tolist())) <= 1
