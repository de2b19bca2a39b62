"""Initial weights: uniform, with the standard deviations of the authors' code."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz_trainers import registry
from lipschitz_trainers.networks.initialization import all_weights_, fans, glorot_conv_, he_conv_


def built(name, i, o, **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", name, **fields).build(i, o)


def require_uniform(weight, std):
    bound = math.sqrt(3) * std
    assert weight.abs().max() <= bound * (1 + 1e-6)
    assert weight.abs().max() > 0.98 * bound
    np.testing.assert_allclose(weight.std().item(), std, rtol=0.05)


def convolutions(network):
    return [m for m in network.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d)]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(1, 2))
def test_fans_of_a_convolution_and_of_its_transpose(inputs, outputs, kernel, stride):
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, device="meta")
    assert fans(conv) == (inputs * kernel**2, outputs * kernel**2 / stride**2)
    up = nn.ConvTranspose2d(inputs, outputs, kernel, stride=stride, device="meta")
    assert fans(up) == (inputs * kernel**2 / stride**2, outputs * kernel**2)
    line = nn.Conv1d(inputs, outputs, kernel, stride=stride, device="meta")
    assert fans(line) == (inputs * kernel, outputs * kernel / stride)


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize(("rule", "numerator"), [(he_conv_, 4), (glorot_conv_, 2)])
def test_rules_of_convolutions(rule, numerator, gain):
    torch.manual_seed(0)
    layer = nn.Conv2d(32, 48, 5, stride=2)
    rule(layer, gain)
    require_uniform(layer.weight, gain * math.sqrt(numerator / (32 * 25 + 48 * 25 / 4)))
    assert layer.bias.eq(0).all()


@pytest.mark.parametrize("name", ["dcgan_generator", "dcgan_critic"])
def test_all_weights_of_dcgan_have_one_standard_deviation(name):
    shapes = ((64,), (3, 32, 32)) if name == "dcgan_generator" else ((3, 32, 32), ())
    network = built(name, *shapes, width=32)
    weights = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    assert len(weights) == 4
    for layer in weights:
        require_uniform(layer.weight, 0.02)
        assert layer.bias.eq(0).all()


def test_one_standard_deviation_reaches_every_kind_of_layer():
    network = nn.Sequential(nn.Linear(40, 40), nn.Conv1d(20, 20, 3), nn.ConvTranspose2d(10, 10, 4))
    all_weights_(network, 0.5)
    for layer in network:
        require_uniform(layer.weight, 0.5)


def test_weights_of_the_other_networks_follow_the_size_of_the_layer():
    generator = built("cifar_dcgan_generator", (64,), (3, 32, 32), width=32)
    start = next(m for m in generator.modules() if isinstance(m, nn.Linear))
    require_uniform(start.weight, math.sqrt(2 / (64 + 2048)))
    first, second, _ = convolutions(generator)
    require_uniform(first.weight, math.sqrt(4 / (128 * 25 / 4 + 64 * 25)))
    require_uniform(second.weight, math.sqrt(4 / (64 * 25 / 4 + 32 * 25)))
    critic = built("mnist_critic", (1, 28, 28), (), width=32)
    require_uniform(convolutions(critic)[1].weight, math.sqrt(4 / (32 * 25 + 64 * 25 / 4)))
    require_uniform(critic[-1].score.weight, math.sqrt(2 / (128 * 16 + 1)))


def test_mlp_generator_has_he_weights_and_a_glorot_output():
    layers = [
        m for m in built("mlp_generator", (64,), (1, 16, 16), width=128).modules() if isinstance(m, nn.Linear)
    ]
    assert len(layers) == 5
    require_uniform(layers[1].weight, math.sqrt(2 / 128))
    require_uniform(layers[-1].weight, math.sqrt(2 / (128 + 256)))


def test_residual_networks_have_he_branches_and_glorot_shortcuts_and_ends():
    critic = built("resnet64_critic", (3, 16, 16), (), width=32)
    end, block = convolutions(critic)[0], critic[1]
    require_uniform(end.weight, math.sqrt(2 / (3 * 9 + 32 * 9)))
    for layer in convolutions(block.branch):
        require_uniform(layer.weight, math.sqrt(4 / ((layer.in_channels + layer.out_channels) * 9)))
    require_uniform(convolutions(block.shortcut)[0].weight, math.sqrt(2 / (32 + 64)))
    generator = built("resnet64_generator", (16,), (3, 16, 16), width=64)
    require_uniform(convolutions(generator)[-1].weight, math.sqrt(4 / (64 * 9 + 3 * 9)))
    generator = built("cifar_resnet_generator", (16,), (3, 16, 16), width=64)
    require_uniform(convolutions(generator)[-1].weight, math.sqrt(2 / (64 * 9 + 3 * 9)))


def test_convolutions_of_doubled_images_start_at_half_the_weight():
    generator = built("lsun_resnet_generator", (16,), (3, 16, 16), width=64)
    first, second = convolutions(generator[2].branch)
    require_uniform(first.weight, 0.5 * math.sqrt(4 / (2 * 64 * 9)))
    require_uniform(second.weight, math.sqrt(4 / (2 * 64 * 9)))
    require_uniform(convolutions(generator[2].shortcut)[0].weight, 0.5 * math.sqrt(2 / (2 * 64)))
    require_uniform(convolutions(generator)[-1].weight, 0.5 * math.sqrt(2 / ((64 + 3) * 25)))


def test_bottleneck_blocks_have_the_fans_of_their_strides():
    critic = built("resnet101_critic", (3, 8, 8), (), width=64, blocks=1)
    down = critic[1]
    _, middle, _ = convolutions(down.branch)
    require_uniform(middle.weight, math.sqrt(4 / (16 * 9 + 32 * 9 / 4)))
    require_uniform(convolutions(down.shortcut)[0].weight, math.sqrt(2 / (32 + 64 / 4)))
    generator = built("resnet101_generator", (16,), (3, 8, 8), width=64, blocks=1)
    up = generator[3]
    _, middle, _ = convolutions(up.branch)
    require_uniform(middle.weight, math.sqrt(4 / (32 * 9 / 4 + 16 * 9)))
    require_uniform(convolutions(up.shortcut)[0].weight, math.sqrt(2 / (64 + 4 * 32)))


def test_convolutions_of_lines_count_their_width_once():
    critic = built("language_critic", (8, 50), (), width=64, blocks=1)
    first, second, _ = convolutions(critic)
    require_uniform(first.weight, math.sqrt(4 / (50 + 64)))
    require_uniform(second.weight, math.sqrt(4 / (2 * 64 * 5)))


@pytest.mark.parametrize(
    ("name", "shapes"), [("sngan_generator", ((64,), (3, 16, 16))), ("sngan_critic", ((3, 16, 16), ()))]
)
def test_weights_of_sngan_are_gaussian(name, shapes):
    weights = [p for p in built(name, *shapes, width=16).parameters() if p.numel() > 2000]
    assert weights
    for weight in weights:
        np.testing.assert_allclose(weight.std().item(), 0.02, rtol=0.06)
        assert weight.abs().max() > 0.05  # a uniform distribution would end at 0.035
