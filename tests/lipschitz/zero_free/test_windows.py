"""Pooling and padding without zeros in the double backward equal PyTorch's own, whatever their options."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import gradient_norms, two_sided
from lipschitz.zero_free import REWRITES, activations, plain_double_backward, zero_free

FORMS = {
    "MaxPool1d": (nn.MaxPool1d(2), (3, 7)),
    "MaxPool2d": (nn.MaxPool2d(2), (2, 4, 4)),
    "MaxPool2d, overlapping": (nn.MaxPool2d(3, 2, 1), (2, 5, 4)),
    "MaxPool2d, dilated": (nn.MaxPool2d(2, 1, 0, dilation=2), (2, 5, 4)),
    "MaxPool2d with indices": (lambda x: nn.MaxPool2d(2, return_indices=True)(x)[0], (2, 4, 4)),
    "max_pool2d by position": (lambda x: F.max_pool2d(x, 2, 2, 0, 1, True), (2, 5, 5)),
    "max_pool1d_with_indices": (lambda x: F.max_pool1d_with_indices(x, 2)[0], (2, 4)),
    "max_pool2d_with_indices": (lambda x: F.max_pool2d_with_indices(x, 2)[0], (2, 4, 4)),
    "max_pool3d_with_indices": (lambda x: F.max_pool3d_with_indices(x, 2)[0], (1, 2, 4, 2)),
    "torch.max_pool1d": (lambda x: torch.max_pool1d(x, 2), (2, 4)),
    "torch.max_pool2d": (lambda x: torch.max_pool2d(x, 2), (2, 4, 4)),
    "torch.max_pool3d": (lambda x: torch.max_pool3d(x, 2), (2, 4, 2, 2)),
    "MaxPool3d": (nn.MaxPool3d(2), (1, 4, 2, 2)),
    "AdaptiveMaxPool1d": (nn.AdaptiveMaxPool1d(2), (2, 5)),
    "AdaptiveMaxPool2d": (nn.AdaptiveMaxPool2d((2, None)), (2, 4, 3)),
    "AdaptiveMaxPool3d": (nn.AdaptiveMaxPool3d(1), (1, 2, 2, 3)),
    "AvgPool1d": (nn.AvgPool1d(2), (2, 5)),
    "AvgPool2d": (nn.AvgPool2d(2), (2, 4, 4)),
    "AvgPool2d, overlapping": (nn.AvgPool2d(3, 2, 1), (2, 5, 4)),
    "AvgPool3d": (nn.AvgPool3d(2), (1, 4, 2, 2)),
    "AdaptiveAvgPool1d": (nn.AdaptiveAvgPool1d(2), (2, 5)),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((2, None)), (2, 4, 3)),
    "AdaptiveAvgPool2d, uneven": (nn.AdaptiveAvgPool2d(3), (2, 5, 4)),
    "AdaptiveAvgPool3d": (nn.AdaptiveAvgPool3d((1, 2, 2)), (1, 2, 4, 3)),
    "ReflectionPad1d": (nn.ReflectionPad1d((1, 2)), (2, 4)),
    "ReflectionPad2d": (nn.ReflectionPad2d((1, 0, 2, 1)), (2, 3, 4)),
    "ReflectionPad3d": (nn.ReflectionPad3d(1), (1, 2, 2, 3)),
    "ReplicationPad1d": (nn.ReplicationPad1d((0, 2)), (2, 4)),
    "ReplicationPad2d": (nn.ReplicationPad2d((5, 1, 0, 2)), (2, 3, 4)),
    "ReplicationPad3d": (nn.ReplicationPad3d(1), (1, 2, 2, 3)),
    "interpolate area": (lambda x: F.interpolate(x, size=2, mode="area"), (2, 4, 5)),
    "interpolate area by factor": (lambda x: F.interpolate(x, scale_factor=0.5, mode="area"), (2, 4, 5)),
    "a convolution that pads by reflection": (
        nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect", dtype=torch.float64),
        (2, 3, 4),
    ),
}


class Before(nn.Module):
    """Something learned before the operation: a scale and a bias of every entry; and a score after it."""

    def __init__(self, operation, shape):
        super().__init__()
        self.operation = operation
        self.scale = nn.Parameter(torch.randn(shape, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(shape, dtype=torch.float64))
        size = operation(torch.zeros(1, *shape, dtype=torch.float64)).numel()
        self.last = nn.Linear(size, 1, dtype=torch.float64)

    def forward(self, x):
        return self.last(self.operation(x * self.scale + self.bias).flatten(1))


def derivatives(critic, points, engine):
    value = two_sided(gradient_norms(critic, points, engine=engine)).mean()
    return value, torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)


@pytest.mark.parametrize("engine", ["vmap", "batched"])
@pytest.mark.parametrize("form", FORMS)
def test_penalties_and_their_derivatives_are_those_of_the_plain_double_backward(form, engine):
    operation, shape = FORMS[form]
    critic = Before(operation, shape)
    points = torch.randn(3, *shape, dtype=torch.float64)
    value, got = derivatives(critic, points, engine)
    with plain_double_backward():
        want_value, want = derivatives(critic, points, engine)
    torch.testing.assert_close(value, want_value, rtol=1e-12, atol=0)
    for a, b in zip(got, want, strict=True):
        zero = torch.zeros(())
        torch.testing.assert_close(
            zero if a is None else a,
            zero.to(a) if b is None and a is not None else (zero if a is None else b),
            rtol=1e-12,
            atol=1e-13,
        )


@pytest.mark.parametrize("form", [name for name in FORMS if "convolution" not in name])
def test_no_zero_is_pushed_through_the_forward_pass(form):
    operation, shape = FORMS[form]
    critic = Before(operation, shape)
    points = torch.randn(3, *shape, dtype=torch.float64)
    _, (_, bias, *_) = derivatives(critic, points, "batched")
    assert bias is None
    with plain_double_backward():
        _, (_, bias, *_) = derivatives(critic, points, "batched")
    assert torch.equal(bias, torch.zeros_like(bias))


def same_as_pytorch(function, x, ties=True):
    """Assert equal values and first derivatives, also where entries are equal."""
    if ties:
        x = x.round()
    x.requires_grad_()
    want = function(x)
    with zero_free(function):
        got = function(x)
    torch.testing.assert_close(got, want, rtol=1e-13, atol=1e-14)
    weights = torch.randn(want.shape, dtype=want.dtype)
    (a,) = torch.autograd.grad((got * weights).sum(), x)
    (b,) = torch.autograd.grad((want * weights).sum(), x)
    torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-14)


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
def test_average_pooling_with_any_options(axes, data):
    kernel, stride, padding, ceil_mode, x = data.draw(windows(axes))
    pool = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[axes]
    options = {"padding": padding, "ceil_mode": ceil_mode, "count_include_pad": data.draw(st.booleans())}
    if axes > 1:
        options["divisor_override"] = data.draw(st.none() | st.integers(1, 5))
    same_as_pytorch(lambda t: pool(t, kernel, stride, **options), x)


@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data(), dilation=st.integers(1, 2))
def test_max_pooling_with_any_options(axes, data, dilation):
    kernel, stride, padding, ceil_mode, x = data.draw(windows(axes))
    pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[axes]
    if any(dilation * (k - 1) + 1 > n for k, n in zip(kernel, x.shape[-axes:], strict=True)):
        dilation = 1
    same_as_pytorch(lambda t: pool(t, kernel, stride, padding, dilation, ceil_mode), x)


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
def test_adaptive_pooling_to_any_size(kind, axes, data):
    pool = getattr(F, f"adaptive_{kind}_pool{axes}d")
    x = torch.randn(2, 2, *[data.draw(st.integers(1, 7)) for _ in range(axes)], dtype=torch.float64)
    size = tuple(data.draw(st.integers(1, 8)) for _ in range(axes))
    same_as_pytorch(lambda t: pool(t, size), x)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "constant", "circular"])
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
def test_padding_by_any_amount(mode, axes, data):
    x = torch.randn(*data.draw(st.sampled_from([(2, 2), (1, 3)])), *[4] * axes, dtype=torch.float64)
    pad = tuple(data.draw(st.integers(0, 3)) for _ in range(2 * axes))
    same_as_pytorch(lambda t: F.pad(t, pad, mode=mode), x)


@pytest.mark.parametrize("pad", [(4, 0), (1, 1, 1, 1, 1, 1, 1, 1)])
def test_impossible_padding_has_the_error_of_pytorch(pad):
    x = torch.randn(1, 1, 4)
    with pytest.raises((RuntimeError, NotImplementedError)) as want:
        F.pad(x, pad, mode="reflect")
    with zero_free(F.pad), pytest.raises(want.type) as got:
        F.pad(x, pad, mode="reflect")
    assert str(got.value) == str(want.value)


@pytest.mark.parametrize("layer", [nn.MaxPool2d(2), nn.AvgPool2d(2)])
def test_channels_last_stays_so(layer):
    x = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    want = layer(x)
    with zero_free(layer):
        got = layer(x)
    torch.testing.assert_close(got, want)


def test_every_rewritten_window_is_tested_above():
    seen = set()

    class Watch(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.add(func)
            return func(*args, **(kwargs or {}))

    with Watch():
        for operation, shape in FORMS.values():
            operation(torch.ones(1, *shape, dtype=torch.float64))
    ours = {f for f, new in REWRITES.items() if not hasattr(activations, getattr(new, "__name__", ""))}
    assert ours <= seen, ours - seen
