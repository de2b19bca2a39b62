"""Balls to the k-th neighbour against sorted distances."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.metrics import neighbours
from lipschitz_trainers.metrics.neighbours import balls_around, distances, radii


def cloud(n, d, seed):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(st.integers(3, 20), st.integers(1, 5), st.data())
def test_radii_and_counts_are_those_of_sorted_lists(n, d, data):
    k = data.draw(st.integers(1, n - 1))
    x, y = cloud(n, d, 0), cloud(7, d, 1)
    found = radii(x, k)
    for i, row in enumerate(x):
        others = sorted(float((row - other).norm()) for j, other in enumerate(x) if j != i)
        assert float(found[i]) == pytest.approx(others[k - 1], rel=1e-6)
    counts = [sum(bool((p - c).norm() <= r) for c, r in zip(x, found, strict=True)) for p in y]
    assert balls_around(y, x, found).tolist() == counts


def test_parts_give_the_same(monkeypatch):
    x, y = cloud(50, 4, 0), cloud(30, 4, 1)
    whole = radii(x, 3), balls_around(y, x, radii(x, 3))
    monkeypatch.setattr(neighbours, "ROWS", 7)
    torch.testing.assert_close(radii(x, 3), whole[0])
    assert torch.equal(balls_around(y, x, whole[0]), whole[1])


def test_features_far_from_the_origin_lose_little():
    x = cloud(40, 200, 0).float()
    exact = (x[:, None].double() - x[None].double()).norm(dim=-1)
    torch.testing.assert_close(distances(x + 0, x), exact, atol=1e-5, rtol=1e-6)


def test_too_few_points_are_refused():
    with pytest.raises(DataError, match="needs more than 3 samples, got 3"):
        radii(torch.zeros(3, 2), 3)
