"""Pooling with any options has the values and first derivatives of PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz.zero_free import zero_free


@st.composite
def windows(draw, axes):
    """Options of a pooling over `axes` axes, and an input it accepts."""
    kernel = [draw(st.integers(1, 4)) for _ in range(axes)]
    stride = draw(st.none() | st.lists(st.integers(1, 4), min_size=axes, max_size=axes))
    padding = [draw(st.integers(0, k // 2)) for k in kernel]
    sides = [draw(st.integers(k, 7)) for k in kernel]
    ceil_mode = draw(st.booleans())
    batch = draw(st.sampled_from([(2, 3), (2, 1), (3,)]))
    return kernel, stride, padding, ceil_mode, torch.randn(*batch, *sides, dtype=torch.float64)


@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
def test_average_pooling_with_any_options(same_as_pytorch, axes, data):
    kernel, stride, padding, ceil_mode, x = data.draw(windows(axes))
    pool = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[axes]
    options = {"padding": padding, "ceil_mode": ceil_mode, "count_include_pad": data.draw(st.booleans())}
    if axes > 1:
        options["divisor_override"] = data.draw(st.none() | st.integers(1, 5))
    same_as_pytorch(lambda t: pool(t, kernel, stride, **options), x)


@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data(), dilation=st.integers(1, 2))
def test_max_pooling_with_any_options(same_as_pytorch, axes, data, dilation):
    kernel, stride, padding, ceil_mode, x = data.draw(windows(axes))
    pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[axes]
    if any(dilation * (k - 1) + 1 > n for k, n in zip(kernel, x.shape[-axes:], strict=True)):
        dilation = 1
    same_as_pytorch(lambda t: pool(t, kernel, stride, padding, dilation, ceil_mode), x)


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
def test_adaptive_pooling_to_any_size(same_as_pytorch, kind, axes, data):
    pool = getattr(F, f"adaptive_{kind}_pool{axes}d")
    x = torch.randn(2, 2, *[data.draw(st.integers(1, 7)) for _ in range(axes)], dtype=torch.float64)
    size = tuple(data.draw(st.integers(1, 8)) for _ in range(axes))
    same_as_pytorch(lambda t: pool(t, size), x)


@pytest.mark.parametrize("layer", [nn.MaxPool2d(2), nn.AvgPool2d(2)])
def test_channels_last_stays_so(layer):
    x = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    want = layer(x)
    with zero_free(layer):
        got = layer(x)
    torch.testing.assert_close(got, want)
