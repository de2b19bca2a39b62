"""Padding by loops over windows, and the transposed convolution as the adjoint of the convolution."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.networks.layers.same_padding import (
    Crop,
    same_conv2d,
    same_padding,
    same_transposed_conv2d,
)

sizes, kernels, strides = st.integers(1, 12), st.integers(1, 6), st.integers(1, 3)


def drawn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def with_weights(layer, seed):
    """The convolution inside, in float64, with drawn weights and biases."""
    layer = layer.double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return layer, next(m for m in layer.modules() if hasattr(m, "kernel_size"))


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "want"),
    [
        (64, 5, 2, (1, 2)),
        (28, 5, 2, (1, 2)),
        (7, 5, 2, (2, 2)),
        (8, 3, 2, (0, 1)),
        (8, 3, 1, (1, 1)),
        (8, 1, 2, (0, 0)),
    ],
)
def test_published_paddings(size, kernel, stride, want):
    assert same_padding(size, kernel, stride) == want


@given(sizes, kernels, strides)
def test_padding_is_the_least_that_lets_every_window_fit_and_leans_to_the_end(size, kernel, stride):
    before, after = same_padding(size, kernel, stride)
    windows = math.ceil(size / stride)
    assert 0 <= before <= after <= before + 1
    padded = before + size + after
    assert (windows - 1) * stride + kernel <= padded
    if padded > size:
        assert (windows - 1) * stride + kernel > padded - 1


@settings(deadline=None, max_examples=40)
@given(sizes, kernels, strides, st.integers(1, 2), st.integers(1, 3), st.integers(0, 1000))
def test_a_convolution_is_a_sum_over_windows_of_the_padded_image(size, kernel, stride, inputs, outputs, seed):
    module, layer = with_weights(same_conv2d(inputs, outputs, kernel, size, stride=stride), seed)
    x = drawn(2, inputs, size, size, seed=seed + 1)
    got = module(x).detach().numpy()
    side = -(-size // stride)
    assert got.shape == (2, outputs, side, side)
    weight, bias, image = layer.weight.detach().numpy(), layer.bias.detach().numpy(), x.numpy()
    before = max((side - 1) * stride + kernel - size, 0) // 2
    want = np.zeros(got.shape) + bias[:, None, None]
    for i, j, a, b in np.ndindex(side, side, kernel, kernel):
        row, column = i * stride + a - before, j * stride + b - before
        if 0 <= row < size and 0 <= column < size:
            want[:, :, i, j] += image[:, :, row, column] @ weight[:, :, a, b].T
    np.testing.assert_allclose(got, want, atol=1e-10)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 8), st.integers(2, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1000))
def test_the_transposed_convolution_is_the_adjoint(side, kernel, small, large, seed):
    down = same_conv2d(large, small, kernel, 2 * side, stride=2, bias=False).double()
    up = same_transposed_conv2d(small, large, kernel, side).double()
    conv = next(m for m in down.modules() if isinstance(m, torch.nn.Conv2d))
    transposed = next(m for m in up.modules() if isinstance(m, torch.nn.ConvTranspose2d))
    with torch.no_grad():
        transposed.weight.copy_(conv.weight)
    x, y = drawn(2, large, 2 * side, 2 * side, seed=seed), drawn(2, small, side, side, seed=seed + 1)
    assert up(y).shape == x.shape
    torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum(), rtol=1e-10, atol=1e-10)


def test_a_convolution_without_bias_has_none():
    assert [p.ndim for p in same_conv2d(2, 3, 3, 8, bias=False).parameters()] == [4]


def test_a_crop_keeps_the_first_rows_and_columns():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert Crop(2)(x).flatten().tolist() == [0, 1, 4, 5]
    assert str(Crop(7)) == "Crop(side=7)"
