"""Sorting and maxima: constant 1 in every norm, also where larger and smaller values are both used."""

import pytest
import torch
from torch import nn

from lipschitz import BoundError

SHAPE = (1, 4, 3)


class MaxMin(nn.Module):
    """Sorts neighbouring pairs of features, larger first."""

    def forward(self, x):
        a, b = x.unflatten(1, (-1, 2)).unbind(2)
        return torch.stack((a.maximum(b), a.minimum(b)), dim=2).flatten(1, 2)


def halves(x):
    a, b = x.chunk(2, dim=1)
    return torch.cat([torch.min(b, a), torch.max(a, b)], dim=1)


ONE = {
    "MaxMin": MaxMin(),
    "MaxMin by halves": halves,
    "group sort": lambda x: x.unflatten(1, (2, 2)).sort(dim=2).values.flatten(1, 2),
    "sort": lambda x: torch.sort(x, dim=1)[0],
    "sort everything": lambda x: x.flatten(1).sort()[0],
    "topk": lambda x: x.topk(2, dim=1).values,
    "kthvalue": lambda x: x.kthvalue(2, dim=1)[0],
    "max over an axis": lambda x: x.max(dim=1).values,
    "max over an axis by position": lambda x: x.max(1)[0],
    "min of everything": lambda x: x.min(),
    "amax": lambda x: x.amax(dim=(1, 2)),
    "median": lambda x: x.median(dim=1).values,
    "maximum with a constant": lambda x: x.maximum(torch.zeros(3).double()),
    "maximum with a wider constant": lambda x: x.maximum(torch.full((1, 4, 3), -1.0).double()),
}


@pytest.mark.parametrize("name", ONE)
def test_constant_is_one(name, assert_bounded, norm):
    limit, steepest = assert_bounded(ONE[name], SHAPE, norm)
    assert limit == pytest.approx(1.0, rel=1e-9)
    assert steepest == pytest.approx(1.0, rel=1e-9)


def test_a_network_of_sorted_pairs_has_the_product_of_its_layers(bound, norm):
    torch.manual_seed(0)
    first, last = nn.Linear(3, 6).double(), nn.Linear(6, 1).double()
    norms = [float(torch.linalg.matrix_norm(layer.weight.detach(), ord=norm)) for layer in (first, last)]
    limit = bound(nn.Sequential(first, MaxMin(), last), (1, 3), norm)
    assert limit == pytest.approx(norms[0] * norms[1], rel=1e-9)


def test_the_larger_of_two_branches_counts_both(assert_bounded, norm):
    limit, steepest = assert_bounded(lambda x: torch.maximum(3 * x.relu(), 4 * x.flip(1).tanh()), SHAPE, norm)
    assert limit == pytest.approx({2: 5.0, 1: 7.0}.get(norm, 4.0), rel=1e-9)
    assert steepest >= 3


def test_broadcast_maximum_counts_repeated_values(assert_bounded, norm):
    limit, _ = assert_bounded(lambda x: x[:, :1].maximum(torch.full((1, 4, 3), -100.0).double()), SHAPE, norm)
    assert limit == pytest.approx({2: 2.0, 1: 4.0}.get(norm, 1.0), rel=1e-9)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.max(dim=1).indices.double(),
        lambda x: x.sort(1)[1] * 1.0,
        lambda x: x.argmax(1).double(),
        lambda x: x.cummax(1)[0],
        lambda x: x.gather(1, x.argsort(1)),
    ],
)
def test_places_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz"):
        bound(function, SHAPE, norm)
