"""Pooling: averages equal the dense norm; maxima are never exceeded and reached by a peak under every window."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import BoundError
from lipschitz.bounds import operator_norm
from lipschitz.bounds.evaluation import lipschitz_constant
from lipschitz.bounds.tracing import traced_output
from lipschitz.testing.strategies import norms


@st.composite
def windows(draw, *, dilated):
    """Draw the options of a pooling layer over one to three axes, and an input shape."""
    axes = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(axes)]
    options = {
        "kernel_size": tuple(kernel),
        "stride": draw(st.one_of(st.none(), st.tuples(*[st.integers(1, 3)] * axes))),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        options["dilation"] = tuple(draw(st.integers(1, 2)) for _ in range(axes))
    elif draw(st.booleans()):
        options["count_include_pad"] = False
    sizes = [draw(st.integers(5, 6 if axes < 3 else 5)) for _ in range(axes)]
    return axes, options, (draw(st.integers(1, 2)), *sizes)


@given(drawn=windows(dilated=False), norm=norms())
def test_average_pooling_has_its_operator_norm(drawn, norm):
    axes, options, shape = drawn
    layer = getattr(nn, f"AvgPool{axes}d")(**options)
    basis = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    exact = float(torch.linalg.matrix_norm(layer(basis).flatten(1).T, ord=norm))
    assert operator_norm(layer.double(), shape, norm) == pytest.approx(exact, rel=1e-6)


@given(axes=st.integers(1, 3), data=st.data(), norm=norms())
def test_adaptive_average_pooling_has_its_operator_norm(axes, data, norm):
    shape = (2, *(data.draw(st.integers(2, 5)) for _ in range(axes)))
    layer = getattr(nn, f"AdaptiveAvgPool{axes}d")(tuple(data.draw(st.integers(1, 4)) for _ in range(axes)))
    basis = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    exact = float(torch.linalg.matrix_norm(layer(basis).flatten(1).T, ord=norm))
    assert operator_norm(layer, shape, norm) == pytest.approx(exact, rel=1e-6)


def constant(layer, shape, norm):
    output = traced_output(layer, torch.zeros(1, *shape, dtype=torch.float64), ())
    output = output[0] if isinstance(output, tuple) else output
    return lipschitz_constant(output.node(), norm, 1e-3, output.device)


def most_reached_by_a_peak(layer, shape, norm):
    """Return the largest change of the result, in the norm, when one entry rises by 1."""
    peaks = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    results = layer(peaks)
    results = results[0] if isinstance(results, tuple) else results
    return float(torch.linalg.vector_norm(results.flatten(1), ord=norm, dim=1).max())


@given(drawn=windows(dilated=True), norm=norms())
def test_max_pooling_has_the_constant_of_its_overlap(drawn, norm):
    axes, options, shape = drawn
    reach = [d * (k - 1) + 1 for d, k in zip(options["dilation"], options["kernel_size"], strict=True)]
    if any(r > size for r, size in zip(reach, shape[1:], strict=True)):
        options["dilation"] = 1
    layer = getattr(nn, f"MaxPool{axes}d")(**options)
    assert constant(layer, shape, norm) == pytest.approx(most_reached_by_a_peak(layer, shape, norm), rel=1e-9)


@given(axes=st.integers(1, 3), data=st.data(), norm=norms())
def test_adaptive_max_pooling_has_the_constant_of_its_overlap(axes, data, norm):
    shape = (2, *(data.draw(st.integers(2, 5)) for _ in range(axes)))
    layer = getattr(nn, f"AdaptiveMaxPool{axes}d")(tuple(data.draw(st.integers(1, 4)) for _ in range(axes)))
    assert constant(layer, shape, norm) == pytest.approx(most_reached_by_a_peak(layer, shape, norm), rel=1e-9)


def test_max_pooling_is_never_exceeded(assert_bounded, norm):
    assert_bounded(lambda x: F.max_pool2d(x, 3, 1, 1), (1, 2, 4, 4), norm)
    assert_bounded(lambda x: F.max_pool1d(x.flatten(2), 3, 2), (1, 2, 4, 4), norm)


def test_windows_that_do_not_overlap_have_constant_one(bound, norm):
    assert bound(nn.MaxPool2d(2), (1, 2, 4, 4), norm) == 1.0


def test_values_beside_their_places_are_bounded(bound, norm):
    assert bound(lambda x: F.max_pool2d(x, 2, return_indices=True)[0], (1, 2, 4, 4), norm) == 1.0
    with pytest.raises(BoundError, match="jump"):
        bound(lambda x: F.max_pool2d(x, 2, return_indices=True)[1] * 1.0, (1, 2, 4, 4), norm)


def test_other_pooling_is_refused(bound, norm):
    with pytest.raises(BoundError, match="lp_pool2d"):
        bound(nn.LPPool2d(2, 2), (1, 2, 4, 4), norm)
