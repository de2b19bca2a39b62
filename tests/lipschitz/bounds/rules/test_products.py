"""Convolutions and products with constants against the singular values of their dense matrices."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import BoundError
from lipschitz.bounds import operator_norm
from lipschitz.testing.strategies import norms, seeds


@st.composite
def convolutions(draw):
    """Draw a convolution of 1 to 3 axes with any options, and the shape of one input."""
    axes = draw(st.integers(1, 3))
    transposed = draw(st.booleans())
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels = [groups * draw(st.integers(1, 2)) for _ in range(2)]
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    stride = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    dilation = tuple(draw(st.integers(1, 2)) for _ in range(axes))
    options = {"stride": stride, "dilation": dilation, "groups": groups, "bias": draw(st.booleans())}
    largest = 5 if axes < 3 else 3
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if transposed:
        spare = [max(s, d) - 1 for s, d in zip(stride, dilation, strict=True)]
        options["output_padding"] = tuple(draw(st.integers(0, s)) for s in spare)
        sizes = [draw(st.integers(2, largest)) for _ in range(axes)]
        options["padding"] = tuple(draw(st.integers(0, (r - 1) // 2)) for r in reach)
    else:
        sizes = [draw(st.integers(r, max(r, largest))) for r in reach]
        mode = draw(st.sampled_from(["zeros", "zeros", "circular", "reflect", "replicate"]))
        options["padding_mode"] = mode
        options["padding"] = tuple(draw(st.integers(0, min(2, size - 1))) for size in sizes)
    kind = getattr(nn, f"Conv{'Transpose' if transposed else ''}{axes}d")
    torch.manual_seed(draw(seeds()))
    layer = kind(*channels, kernel, **options).to(draw(st.sampled_from([torch.float64, torch.float32])))
    return layer, (channels[0], *sizes)


def dense(layer, shape):
    """Return the matrix of a layer by applying it to every basis vector, in float64."""
    layer = layer.double()
    basis = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    with torch.no_grad():
        return (layer(basis) - layer(torch.zeros_like(basis))).flatten(1).T


@given(drawn=convolutions(), norm=norms())
def test_convolution_norms_are_those_of_the_dense_matrix(drawn, norm):
    layer, shape = drawn
    limit = operator_norm(layer, shape, norm)
    exact = float(torch.linalg.matrix_norm(dense(layer, shape), ord=norm))
    assert exact * (1 - 1e-6) <= limit <= exact * (1 + 1e-6)


CONSTANT = torch.linspace(-2, 3, 24, dtype=torch.float64)

PRODUCTS = {
    "F.linear": lambda x: F.linear(x, CONSTANT.reshape(6, 4), torch.ones(6).double()),
    "F.linear with names": lambda x: F.linear(
        input=x, weight=CONSTANT.reshape(6, 4), bias=torch.ones(6).double()
    ),
    "x @ constant": lambda x: x @ CONSTANT.reshape(4, 6),
    "constant @ x": lambda x: CONSTANT.reshape(8, 3) @ x,
    "bmm": lambda x: torch.bmm(x, CONSTANT.reshape(1, 4, 6)),
    "einsum": lambda x: torch.einsum("bij,kj->bik", x, CONSTANT.reshape(6, 4)),
    "tensordot": lambda x: torch.tensordot(x, CONSTANT.reshape(4, 6), dims=1),
    "mv": lambda x: torch.mv(x[0], CONSTANT[:4]),
    "addmm": lambda x: torch.addmm(torch.ones(6).double(), x[0], CONSTANT.reshape(4, 6)),
    "baddbmm": lambda x: torch.baddbmm(torch.ones(1, 3, 6).double(), x, CONSTANT.reshape(1, 4, 6), alpha=2),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_with_constants_have_their_operator_norm(name, bound, slope, norm):
    function = PRODUCTS[name]
    exact = slope(function, torch.zeros(1, 3, 4, dtype=torch.float64), norm)
    assert bound(function, (1, 3, 4), norm) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x @ x.transpose(1, 2),
        lambda x: torch.einsum("bij,bkj->bik", x, x),
        lambda x: F.scaled_dot_product_attention(x, x, x),
        lambda x: F.bilinear(x, x, CONSTANT.reshape(1, 4, 6)[:, :, :4]),
        lambda x: F.linear(torch.ones(2, 4).double(), x[0], torch.ones(3).double()),
        lambda x: torch.addmm(x[0][:, :3], x[0], CONSTANT.reshape(4, 6)[:, :3]),
        lambda x: torch.addmm(CONSTANT[:6], x[0], CONSTANT.reshape(4, 6), alpha=-1),
    ],
)
def test_products_of_dependent_values_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz bound is known"):
        bound(function, (1, 3, 4), norm)


def test_unbatched_and_weightless_convolutions(bound, slope, norm):
    layer = nn.Conv1d(3, 2, 2).double()
    exact = slope(layer, torch.zeros(3, 4, dtype=torch.float64), norm)
    assert bound(layer, (3, 4), norm) == pytest.approx(exact, rel=1e-9)
