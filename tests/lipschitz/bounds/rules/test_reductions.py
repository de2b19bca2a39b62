"""Norms, softmax and log-sum-exp: no Jacobian exceeds the bound; reached or nearly reached where marked."""

import math

import pytest
import torch

from lipschitz import BoundError

SHAPE = (1, 5, 3)

REDUCTIONS = {
    "softmax": lambda x: x.softmax(1),
    "logsumexp": lambda x: x.logsumexp(dim=(1, 2)),
    "log_softmax": lambda x: torch.log_softmax(x, 1),
    "norm": lambda x: x.flatten(1).norm(dim=1),
    "norm of everything": lambda x: x.norm(),
    "1-norm": lambda x: x.norm(p=1, dim=1),
    "3-norm": lambda x: torch.linalg.vector_norm(x, ord=3, dim=(1, 2)),
    "inf-norm": lambda x: torch.linalg.vector_norm(x, ord=math.inf, dim=1, keepdim=True),
    "linalg.norm": lambda x: torch.linalg.norm(x, dim=1),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_no_jacobian_exceeds_the_bound(name, assert_bounded, norm):
    limit, steepest = assert_bounded(REDUCTIONS[name], SHAPE, norm, points=30)
    assert limit <= 3 * steepest


def test_softmax_of_two_equal_large_entries_is_steepest(bound, slope, norm):
    x = torch.tensor([[100.0, 100.0, -100.0]], dtype=torch.float64)
    assert slope(lambda x: x.softmax(1), x, norm) == pytest.approx(0.5)
    assert bound(lambda x: x.softmax(1), (1, 3), norm) == 0.5


def test_log_softmax_is_steepest_at_a_certain_class(bound, slope, norm):
    x = torch.tensor([[100.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    for p, expected in ((2, 2.0), (1, 3.0)):
        assert slope(lambda x: x.log_softmax(1), x, p) == pytest.approx(expected)
        assert bound(lambda x: x.log_softmax(1), (1, 4), p) == pytest.approx(expected)
    assert slope(lambda x: x.log_softmax(1), x, math.inf) == pytest.approx(2.0)
    assert bound(lambda x: x.log_softmax(1), (1, 1), norm) == 0.0


@pytest.mark.parametrize(
    ("order", "p", "expected"),
    [(2, 2, 1.0), (1, 2, 2.0), (2, math.inf, 2.0), (1, math.inf, 4.0), (1, 1, 1.0)],
)
def test_vector_norms_are_reached_at_equal_entries(order, p, expected, bound, slope):
    def function(x):
        return torch.linalg.vector_norm(x, ord=order, dim=1)

    assert bound(function, (1, 4), p) == pytest.approx(expected)
    assert slope(function, torch.ones(1, 4, dtype=torch.float64), p) == pytest.approx(expected)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.norm(p=0.5, dim=1),
        lambda x: torch.linalg.norm(x[0], ord=1),
        lambda x: torch.linalg.matrix_norm(x, ord="nuc"),
        lambda x: x.prod(1),
        lambda x: x.std(1),
    ],
)
def test_other_norms_and_reductions_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz bound is known"):
        bound(function, SHAPE, norm)
