"""Normalizers against their formulas."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.networks.layers.normalization import ConditionalBatchNorm2d, normalizer

seeds = st.integers(0, 1000)


def drawn(*shape, seed):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 1


def normalized(x, axes):
    return (x - x.mean(axes, keepdim=True)) / (x.var(axes, unbiased=False, keepdim=True) + 1e-5).sqrt()


def randomized(module, seed):
    generator = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return module


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([("layer", (1, 2, 3)), ("batch", (0, 2, 3))]), st.integers(1, 4), seeds, st.booleans())
def test_layer_goes_over_a_sample_and_batch_over_the_batch_even_in_evaluation(kind, channels, seed, training):
    name, axes = kind
    (module,) = normalizer(name, channels)
    module = randomized(module, seed).train(training)
    assert [p.shape for p in module.parameters()] == [(channels,), (channels,)]
    assert not list(module.buffers())
    x = drawn(3, channels, 4, 5, seed=seed)
    want = normalized(x, axes) * module.weight[:, None, None] + module.bias[:, None, None]
    torch.testing.assert_close(module(x), want)


@pytest.mark.parametrize("name", ["layer", "batch"])
def test_gains_start_at_one_and_offsets_at_zero(name):
    (module,) = normalizer(name, 3)
    assert module.weight.eq(1).all()
    assert module.bias.eq(0).all()


def test_none_is_nothing():
    assert normalizer("none", 3) == []


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(1, 4), seeds, st.booleans())
def test_conditional_gains_and_offsets_are_looked_up_by_label(channels, classes, seed, training):
    module = randomized(ConditionalBatchNorm2d(channels, classes), seed).train(training)
    x = drawn(5, channels, 2, 3, seed=seed)
    labels = torch.randint(classes, (5,), generator=torch.Generator().manual_seed(seed))
    rows = normalized(x, (0, 2, 3))
    for got, row, label in zip(module(x, labels), rows, labels.tolist(), strict=True):
        want = torch.stack(
            [module.gain.weight[label, c] * row[c] + module.offset.weight[label, c] for c in range(channels)]
        )
        torch.testing.assert_close(got, want)


def test_conditional_normalization_starts_as_plain_normalization():
    module = ConditionalBatchNorm2d(4, 10).double()
    x = drawn(3, 4, 2, 2, seed=0)
    torch.testing.assert_close(module(x, torch.tensor([0, 9, 5])), normalized(x, (0, 2, 3)))
    assert sum(p.numel() for p in module.parameters()) == 2 * 4 * 10
