"""The search: what is remembered, what a restart keeps, and that pairs climb."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import input_gradients
from lipschitz.bounds.steepest_ascent import ROUNDS, SHORTEST, SURVIVORS, Search
from lipschitz.testing.strategies import norms, tensors


def bumps(x, *condition):
    """Slopes that differ everywhere, at most 3 per axis."""
    height = (3 * x.sin() + 0.2 * (5 * x).cos()).sum(1)
    return height * condition[0] if condition else height


def gradients(points, condition):
    return input_gradients(bumps, points, *condition)


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(points=tensors((9, 3)), norm=norms(), steps=st.integers(1, 12))
def test_what_is_remembered_was_met_and_never_gets_smaller(points, norm, steps):
    search = Search(gradients, points, (), norm)
    order = {2: 2, 1: math.inf, math.inf: 1}[norm]
    largest = float(search.best.max())
    for _ in range(steps):
        search.climb(3)
        found = torch.linalg.vector_norm(gradients(search.best_points, ()), ord=order, dim=1)
        torch.testing.assert_close(search.best, found)
        assert float(search.best.max()) >= largest
        largest = float(search.best.max())
    point, condition = search.steepest()
    assert condition == ()
    assert float(torch.linalg.vector_norm(gradients(point, ()), ord=order)) == pytest.approx(largest)


def test_a_restart_goes_on_from_the_steepest_with_their_conditions():
    points, factor = normal(20, 2), torch.arange(20, dtype=torch.float64)
    search = Search(gradients, points, (factor,), 2)
    kept = round(SURVIVORS * 20)
    order = search.best.argsort(descending=True)[:kept]
    search._restart()
    assert torch.equal(search.points[:kept], points[order])
    assert torch.equal(search.condition[0], factor[order.repeat(20 // kept)])
    apart = (search.points - points[order.repeat(20 // kept)]).norm(dim=1)
    torch.testing.assert_close(apart[kept:].float(), search.lengths[kept:])


def test_lengths_span_two_orders_of_magnitude():
    search = Search(gradients, normal(500, 2), (), 2)
    assert search.lengths.max() <= search.reach
    assert search.lengths.min() >= SHORTEST * search.reach
    logs = search.lengths.log()
    assert float(logs.mean()) == pytest.approx(math.log(search.reach) + math.log(SHORTEST) / 2, abs=0.3)


def test_a_pair_climbs_its_quotient():
    # Two pieces of slope 1 and 2 with the kink at 0.5: from the left, the middle must go right.
    def bent(points, condition):
        return input_gradients(lambda x: (x + (x - 0.5).relu())[:, 0], points)

    search = Search(bent, torch.zeros(4, 1), (), 2)
    search.lengths = torch.full((4,), 1.0)
    search._step()
    assert torch.equal(search.points, torch.ones(4, 1))
    assert torch.equal(search.best, torch.full((4,), 2.0))


def test_restarts_come_between_the_rounds(monkeypatch):
    calls = []
    monkeypatch.setattr(Search, "_restart", lambda self: calls.append("restart"))
    monkeypatch.setattr(Search, "_step", lambda self: calls.append("step"))
    search = Search(gradients, normal(4, 2), (), 2)
    search.climb(30)
    assert calls.count("restart") == ROUNDS - 1
    assert calls == (["step"] * 6 + ["restart"]) * (ROUNDS - 1) + ["step"] * 6
    calls.clear()
    search.climb(1)
    assert calls == ["step"]


def test_nothing_finite_is_nothing_found():
    def undefined(points, condition):
        return points * math.nan

    search = Search(undefined, normal(4, 2), (), 2)
    search.climb(6)
    assert search.steepest() == (None, ())
