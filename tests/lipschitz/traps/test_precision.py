"""Reports of penalties in mixed precision: NaN, overflow, wrong dtypes."""

import pytest
import torch
from torch import nn

from lipschitz import gradient_norms, two_sided


def critic(scale=1.0):
    torch.manual_seed(0)
    layers = nn.Sequential(
        nn.Linear(2, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)
    )
    with torch.no_grad():
        layers[-1].weight.mul_(scale)
    return layers


def classic(layers, points):
    points = points.clone().requires_grad_()
    (gradients,) = torch.autograd.grad(layers(points).sum(), points, create_graph=True)
    return torch.linalg.vector_norm(gradients.float(), dim=1)


def test_bfloat16_autocast_is_that_of_the_classic_double_backward():
    """pytorch#105442, #184890 and #192617: normalization and linear layers under vmap and autocast."""
    layers = critic()
    points = torch.randn(64, 2)
    in_float32 = gradient_norms(layers, points)
    derivatives = []
    with torch.autocast("cpu", torch.bfloat16):
        slopes = gradient_norms(layers, points)
        want = classic(layers, points)
        for norms in (slopes, want):
            found = torch.autograd.grad(two_sided(norms).mean(), list(layers.parameters()), allow_unused=True)
            derivatives.append(torch.cat([g.flatten() for g in found if g is not None and g.any()]))
    assert slopes.dtype is derivatives[0].dtype is torch.float32
    torch.testing.assert_close(slopes, want, rtol=1e-6, atol=0)
    torch.testing.assert_close(derivatives[0], derivatives[1], rtol=1e-4, atol=1e-6)
    assert abs(float((slopes / in_float32 - 1).mean().detach())) < 0.01, "rounding, not bias"


@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_float16_autocast_neither_overflows_nor_vanishes(scale):
    """StudioGAN#175, apex#654: inner gradients are not scaled as losses are, and become inf, zero or NaN."""
    layers = critic(scale)
    points = torch.randn(16, 2)
    want = gradient_norms(layers, points)
    with torch.autocast("cpu", torch.float16):
        got = gradient_norms(layers, points)
        half = gradient_norms(layers, points.half())
    torch.testing.assert_close(got, want)
    torch.testing.assert_close(half, want, rtol=1e-2, atol=0)
    assert want.max() > 65504 or want.max() < 1e-5, "float16 could not hold these"
    two_sided(got).mean().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in layers.parameters())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_norms_of_half_precision_critics_are_taken_in_float32(dtype):
    """A sum of squares of 4,096 entries of 0.1 overflows nothing, but loses a third of itself in bfloat16."""
    layer = nn.Linear(4096, 1).to(dtype)
    nn.init.constant_(layer.weight, 0.1)
    got = gradient_norms(layer, torch.zeros(2, 4096, dtype=dtype), engine="batched")
    assert got.dtype is torch.float32
    torch.testing.assert_close(
        got, torch.full((2,), float(layer.weight.detach()[0, 0]) * 64), rtol=1e-5, atol=0
    )
