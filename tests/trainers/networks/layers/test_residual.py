"""Residual blocks against the same computation written out, in the order of the authors."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.networks.layers.normalization import ConditionalBatchNorm2d, normalizer
from lipschitz_trainers.networks.layers.residual import LabelledSequential, ResidualBlock, preactivation_block


def built(inputs, outputs, seed, **fields):
    torch.manual_seed(seed)
    block = preactivation_block(inputs, outputs, 4, **fields).double()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return block, torch.randn(2, inputs, 4, 4, dtype=torch.float64)


def kinds(module, kind):
    return [m for m in module.modules() if isinstance(m, kind)]


def twice(x):
    return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


def halved(x):
    return (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4


def written_out(block, x, resample, strided):
    norms, convs = kinds(block.branch, torch.nn.GroupNorm), kinds(block.branch, torch.nn.Conv2d)
    change = {"up": twice, "down": halved, None: lambda y: y}[resample]
    h = F.relu(norms[0](x) if norms else x)
    h = F.conv2d(twice(h) if resample == "up" else h, convs[0].weight, convs[0].bias, padding=1)
    h = F.relu(norms[1](h) if norms else h)
    if strided and resample == "down":
        h = F.conv2d(F.pad(h, (0, 1, 0, 1)), convs[1].weight, convs[1].bias, stride=2)
    else:
        h = F.conv2d(h, convs[1].weight, convs[1].bias, padding=1)
        h = halved(h) if resample == "down" else h
    points = kinds(block.shortcut, torch.nn.Conv2d)
    return (F.conv2d(change(x), points[0].weight, points[0].bias) if points else x) + h


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["up", "down", None]),
    st.sampled_from(["none", "layer"]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 1000),
)
def test_a_block_is_its_shortcut_and_two_convolutions(inputs, outputs, resample, name, bias, strided, seed):
    normalize = partial(normalizer, name)
    fields = {"resample": resample, "normalize": normalize, "first_bias": bias, "strided": strided}
    block, x = built(inputs, outputs, seed, **fields)
    torch.testing.assert_close(block(x), written_out(block, x, resample, strided))
    first, second = kinds(block.branch, torch.nn.Conv2d)
    assert first.out_channels == second.in_channels == (outputs if resample == "up" else inputs)
    assert (first.bias is not None) == bias
    assert bool(kinds(block.shortcut, torch.nn.Conv2d)) == (resample is not None or inputs != outputs)


def test_labels_reach_the_normalizers_of_the_branch():
    block, x = built(2, 2, 0, resample="up", normalize=lambda n: [ConditionalBatchNorm2d(n, 3)])
    network = LabelledSequential(block, torch.nn.ReLU())
    labels = torch.tensor([0, 2])
    before = network(x, labels)
    assert not torch.equal(before, network(x, torch.tensor([0, 1])))
    with torch.no_grad():
        kinds(block, ConditionalBatchNorm2d)[0].gain.weight[1] = 100
    assert torch.equal(before, network(x, labels))


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_the_branch_is_scaled(scale):
    branch, x = torch.nn.Linear(3, 3), torch.randn(4, 3)
    torch.testing.assert_close(ResidualBlock(branch, scale=scale)(x), x + scale * branch(x))
    assert f"scale={scale}" in str(ResidualBlock(branch, scale=scale))
