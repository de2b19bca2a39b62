"""Shapes, published parameter counts and initialisation of the built-in networks."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.networks.activations import MaxMin, SmoothELU
from lipschitz_trainers.networks.conv import halvings


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@given(
    width=st.integers(1, 9),
    depth=st.integers(0, 3),
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    out=st.lists(st.integers(1, 3), max_size=2).map(tuple),
    normalization=st.sampled_from(["none", "layer", "batch"]),
)
def test_mlp_serves_any_shapes(width, depth, shape, out, normalization):
    network = registry.build("network", "mlp", width=width, depth=depth, normalization=normalization)
    module = network.build(shape, out)
    assert module(torch.randn(5, *shape)).shape == (5, *out)
    linears = [m for m in module.modules() if isinstance(m, torch.nn.Linear)]
    assert len(linears) == depth + 1


def test_mlp_has_the_published_number_of_parameters():
    mlp = registry.build("network", "mlp")
    assert count(mlp.build((2,), ())) == 527_361
    assert count(mlp.build((2,), (2,))) == 527_874


def test_paper_initialisation_of_mlp():
    torch.manual_seed(0)
    linears = [
        m
        for m in registry.build("network", "mlp").build((2,), ()).modules()
        if isinstance(m, torch.nn.Linear)
    ]
    hidden, last = linears[1], linears[-1]
    bound = math.sqrt(6 / 512)  # He: uniform with standard deviation sqrt(2 / fan_in)
    assert hidden.weight.abs().max() <= bound
    assert hidden.weight.abs().max() > 0.999 * bound
    np.testing.assert_allclose(hidden.weight.std().item(), math.sqrt(2 / 512), rtol=0.01)
    np.testing.assert_allclose(last.weight.std().item(), math.sqrt(2 / 513), rtol=0.15)
    assert all(linear.bias.eq(0).all() for linear in linears)


@pytest.mark.parametrize("side", [8, 9, 12, 16, 27, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_conv_pair_fits_together(side, channels, normalization):
    shape = (channels, side, side)
    generator = registry.build("network", "conv_generator", width=4, normalization=normalization).build(
        (6,), shape
    )
    critic = registry.build("network", "conv_critic", width=4, normalization=normalization).build(shape, ())
    images = generator(torch.randn(3, 6))
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    assert critic(images).shape == (3,)


def test_conv_initialisation_follows_the_authors_rule():
    torch.manual_seed(0)
    critic = registry.build("network", "conv_critic", width=64).build((3, 32, 32), ())
    conv = [m for m in critic.modules() if isinstance(m, torch.nn.Conv2d)][1]  # 4x4, stride 2
    fan_in, fan_out = 64 * 16, 128 * 16 / 4
    np.testing.assert_allclose(conv.weight.std().item(), math.sqrt(4 / (fan_in + fan_out)), rtol=0.02)
    generator = registry.build("network", "conv_generator", width=64).build((8,), (3, 32, 32))
    up = next(m for m in generator.modules() if isinstance(m, torch.nn.ConvTranspose2d))
    fan_in, fan_out = up.in_channels * 16 / 4, up.out_channels * 16
    np.testing.assert_allclose(up.weight.std().item(), math.sqrt(4 / (fan_in + fan_out)), rtol=0.02)


@pytest.mark.parametrize("shape", [(1, 8, 9), (64,), (1, 7, 7), (3, 64, 64)])
def test_conv_pair_refuses_other_shapes(shape):
    with pytest.raises(FieldError, match=r"square images \(C, H, H\) with H from 8 to 32"):
        registry.build("network", "conv_critic").build(shape, ())
    with pytest.raises(FieldError, match="square images"):
        registry.build("network", "conv_generator").build((4,), shape)


def test_halvings_end_at_four_or_less():
    assert halvings(28) == [28, 14, 7, 4]
    assert halvings(32) == [32, 16, 8, 4]


def test_smooth_elu_has_the_published_values():
    f = SmoothELU().double()
    x = torch.tensor([0.0, -40.0, 40.0], dtype=torch.float64)
    np.testing.assert_allclose(f(x).numpy(), [0.06346401, -1.0, 40.0], atol=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_max_min_sorts_pairs_and_keeps_norms(values):
    x = torch.tensor([values], dtype=torch.float64)
    y = MaxMin()(x)
    pairs = y.reshape(-1, 2)
    assert (pairs[:, 0] >= pairs[:, 1]).all()
    np.testing.assert_array_equal(np.sort(y.numpy().reshape(-1, 2)), np.sort(x.numpy().reshape(-1, 2)))


def test_max_min_needs_an_even_width():
    with pytest.raises(FieldError, match="even"):
        registry.build("network", "mlp", width=3, activation="max_min")
