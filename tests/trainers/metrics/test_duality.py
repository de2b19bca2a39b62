"""Whatever the scores are, the bound they prove is at most the exact distance, and the best scores reach it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.metrics import duality, exact_w1
from lipschitz_trainers.truth import MinFunnelsTruth


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 20), st.floats(0, 10), st.integers(0, 2**31))
def test_any_scores_stay_below_the_exact_distance(normal, n, m, dimension, size, seed):
    x, y = normal(n, dimension, seed=seed), normal(m, dimension, seed=seed + 1) + 1
    on_x, on_y = size * normal(n, seed=seed + 2), size * normal(m, seed=seed + 3)
    assert duality.dual_bound(x, y, on_x, on_y) <= exact_w1(x, y) * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("dimension", [1, 3, 30])
def test_the_optimal_potential_proves_the_whole_distance(dimension):
    truth = MinFunnelsTruth(dimension=dimension, funnels=5)
    x, y, _ = truth.pairs(60, torch.Generator().manual_seed(0))
    bound = duality.dual_bound(x, y, -truth.potential(x), -truth.potential(y))
    assert bound == pytest.approx(exact_w1(x, y), rel=1e-9)


def test_constants_drop_out_and_chunks_change_nothing(normal, monkeypatch):
    x, y, on_x, on_y = normal(30, 2), normal(40, 2, seed=1) + 1, normal(30, seed=2), normal(40, seed=3)
    whole = duality.dual_bound(x, y, on_x, on_y)
    assert duality.dual_bound(x, y, on_x + 5, on_y + 5) == pytest.approx(whole, abs=1e-5)
    monkeypatch.setattr(duality, "CHUNK", 100)
    assert duality.dual_bound(x, y, on_x, on_y) == pytest.approx(whole, abs=1e-9)


def test_samples_that_are_none_are_refused(normal):
    with pytest.raises(DataError, match="the second sample must hold finite numbers"):
        duality.dual_bound(normal(3, 2), normal(3, 2) * torch.nan, normal(3), normal(3))
