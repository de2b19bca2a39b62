"""Pooling and padding without zeros in the double backward: every spelling has the derivatives of PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import gradient_norms, two_sided
from lipschitz.zero_free import REWRITES, activations, plain_double_backward

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
