"""Optimal pairs within a batch: against all permutations, and what they are good for."""

import itertools
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, MissingExtraError
from lipschitz.sampling import coupled, coupled_fakes
from lipschitz.testing.strategies import batches, tensors


def total(real, fake):
    return (real - fake).flatten(1).norm(dim=1).sum()


@given(batches(shape=(2,), max_size=5))
def test_no_other_order_of_the_fakes_is_closer(batch):
    found = coupled_fakes(batch.real, batch.fake)
    orders = itertools.permutations(range(batch.size))
    best = min(total(batch.real, batch.fake[list(order)]).item() for order in orders)
    assert total(batch.real, found).item() == pytest.approx(best)
    assert sorted(found.tolist()) == sorted(batch.fake.tolist())


@given(st.data(), st.integers(1, 5))
def test_trees_are_coupled_as_wholes(data, size):
    real = (data.draw(tensors((size, 2))), data.draw(tensors((size, 3))))
    fake = (data.draw(tensors((size, 2))), data.draw(tensors((size, 3))))
    a, b = coupled_fakes(real, fake)
    joined = coupled_fakes(torch.cat(real, 1), torch.cat(fake, 1))
    assert torch.equal(torch.cat([a, b], 1), joined)


def test_points_lie_between_the_coupled_samples():
    # Shuffled copies, far apart: each fake belongs to one real sample.
    real = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    batch = Batch(real=real, fake=real[[2, 0, 1]] + 1, generator=torch.Generator().manual_seed(0))
    moved = coupled(batch) - real
    epsilon = torch.rand(3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(moved, (1 - epsilon)[:, None].expand(3, 2))


def test_without_scipy_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingExtraError, match=r"points: coupled needs scipy.*torch-lipschitz\[train\]"):
        coupled_fakes(torch.zeros(2, 1), torch.zeros(2, 1))
