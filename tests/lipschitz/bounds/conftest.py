"""Bounds of functions that need not be critics, and what they are compared with."""

import math

import pytest
import torch

from lipschitz.bounds.evaluation import lipschitz_constant
from lipschitz.bounds.traced import Traced
from lipschitz.bounds.tracing import traced_output

NORMS = [2, 1, math.inf]


@pytest.fixture(params=NORMS, ids=["l2", "l1", "linf"])
def norm(request):
    return request.param


def constant(function, shape, norm, tolerance=1e-3):
    points = torch.linspace(-1.0, 1.0, math.prod(shape), dtype=torch.float64).reshape(shape)
    output = traced_output(function, points, ())
    assert isinstance(output, Traced)
    output.settle()
    return lipschitz_constant(output.node(), norm, tolerance, points.device)


@pytest.fixture
def bound():
    """Return a function from (function or module, shape of the batch, norm) to the bound."""
    return constant


def jacobian_norm(function, point, norm):
    matrix = torch.autograd.functional.jacobian(function, point).reshape(-1, point.numel())
    return float(torch.linalg.matrix_norm(matrix, ord=norm))


@pytest.fixture
def slope():
    """Return a function from (function, point, norm) to the operator norm of the Jacobian there."""
    return jacobian_norm


@pytest.fixture
def assert_bounded(bound, slope):
    """Check that no Jacobian at random points of many sizes exceeds the bound; return bound and steepest."""

    def check(function, shape, norm, points=12):
        limit = bound(function, shape, norm)
        generator = torch.Generator().manual_seed(0)
        scales = torch.logspace(-3, 1, points, dtype=torch.float64)
        steepest = max(
            slope(function, scale * torch.randn(shape, generator=generator, dtype=torch.float64), norm)
            for scale in scales
        )
        assert steepest <= limit * (1 + 1e-9)
        return limit, steepest

    return check
