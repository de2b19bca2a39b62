"""Planted differences are found, null ones are not, and the numbers agree with scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from lipschitz_trainers.analyses.statistics import paired_comparison, sign_test, summary, win_share

NAN = math.nan
values = st.floats(-1e3, 1e3, allow_subnormal=False)
pairs = st.lists(st.tuples(values, values), min_size=2, max_size=12)


def test_summary_of_finite_values() -> None:
    assert summary([1.0, NAN, 2.0, math.inf, 3.0]) == (2.0, 1.0, 3)


def test_summary_without_spread_or_values() -> None:
    one, none = summary([4.0]), summary([])
    assert (one.mean, one.n) == (4.0, 1)
    assert math.isnan(one.std)
    assert none.n == 0
    assert math.isnan(none.mean)


@pytest.mark.parametrize(("wins", "losses"), [(100, 77), (6, 0), (0, 6), (5, 5), (1, 0)])
def test_sign_test_is_the_exact_binomial(wins: int, losses: int) -> None:
    n, most = wins + losses, max(wins, losses)
    tail = sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n
    assert sign_test(wins, losses) == pytest.approx(min(1.0, 2 * tail))


def test_sign_test_of_the_paper_and_of_nothing() -> None:
    assert sign_test(100, 77) == pytest.approx(0.098, abs=5e-4)
    assert sign_test(0, 0) == 1.0


def test_a_planted_difference_is_found_in_the_right_direction() -> None:
    random = np.random.default_rng(1)
    shared = random.normal(scale=0.5, size=6)  # what a seed does to both is far larger than their difference
    a, b = 1.0 + shared, 1.1 + shared + random.normal(scale=0.01, size=6)
    lower = paired_comparison(list(a), list(b), lower_is_better=True)
    higher = paired_comparison(list(a), list(b), lower_is_better=False)
    assert (lower.decided, lower.winner) == (True, "a")
    assert (higher.decided, higher.winner) == (True, "b")
    assert lower.difference == pytest.approx(-0.1, abs=0.02)
    assert lower.relative == pytest.approx(lower.difference / np.mean(b))


def test_null_differences_are_decided_in_about_five_percent() -> None:
    random = np.random.default_rng(2)
    decided = [
        paired_comparison(*random.normal(size=(2, 5)).tolist(), lower_is_better=True).decided
        for _ in range(600)
    ]
    assert 0.03 < np.mean(decided) < 0.07


def test_power_at_seeds_needed_is_what_was_asked_for() -> None:
    random = np.random.default_rng(3)
    spread = 1 / 0.9  # d_z = 0.9 for a difference of 1
    exact = [1 + spread * float(x) for x in stats.zscore(random.normal(size=8), ddof=1)]
    n = paired_comparison(exact, [0.0] * 8, lower_is_better=True).seeds_needed
    assert n is not None
    found = [
        paired_comparison(random.normal(1, spread, n).tolist(), [0.0] * n, lower_is_better=True).decided
        for _ in range(600)
    ]
    assert 0.77 < np.mean(found) < 0.87, f"with {n} seeds"


@given(pairs, st.sampled_from([0.8, 0.95, 0.99]))
def test_interval_and_p_value_agree_with_scipy(drawn: list[tuple[float, float]], confidence: float) -> None:
    a, b = (list(side) for side in zip(*drawn, strict=True))
    assume(np.std(np.subtract(a, b)) > 1e-6)
    ours = paired_comparison(a, b, lower_is_better=True, confidence=confidence)
    oracle = stats.ttest_rel(a, b)
    low, high = oracle.confidence_interval(confidence)
    assert ours.low == pytest.approx(low, rel=1e-6, abs=1e-9)
    assert ours.high == pytest.approx(high, rel=1e-6, abs=1e-9)
    assert ours.p_value == pytest.approx(oracle.pvalue, rel=1e-6, abs=1e-12)
    assert ours.decided == (not low <= 0 <= high)


@given(pairs)
def test_swapping_the_two_swaps_the_outcome(drawn: list[tuple[float, float]]) -> None:
    a, b = (list(side) for side in zip(*drawn, strict=True))
    there = paired_comparison(a, b, lower_is_better=True)
    back = paired_comparison(b, a, lower_is_better=True)
    assert there.difference == pytest.approx(-back.difference, rel=1e-9, abs=1e-12)
    assert there.decided == back.decided
    assert there.seeds_needed == back.seeds_needed
    assert {there.leader, back.leader} in ({"a", "b"}, {None})
    if there.low is not None and back.high is not None:
        assert there.low == pytest.approx(-back.high, rel=1e-9, abs=1e-12)


@given(pairs, st.floats(0.1, 10), st.floats(-10, 10))
def test_the_decision_does_not_depend_on_units(
    drawn: list[tuple[float, float]], scale: float, shift: float
) -> None:
    a, b = (np.array(side) for side in zip(*drawn, strict=True))
    assume(np.std(a - b) > 1e-3)
    assume(abs(np.mean(a - b)) > 1e-3)
    before = paired_comparison(a.tolist(), b.tolist(), lower_is_better=True)
    after = paired_comparison(
        (scale * a + shift).tolist(), (scale * b + shift).tolist(), lower_is_better=True
    )
    assert after.standardized == pytest.approx(before.standardized, rel=1e-6)
    assert after.leader == before.leader


def test_pairs_with_a_value_that_is_not_finite_are_dropped() -> None:
    a, b = [1.0, NAN, 3.0, 4.0], [2.0, 1.0, math.inf, 6.0]
    comparison = paired_comparison(a, b, lower_is_better=True)
    assert (comparison.n, comparison.dropped) == (2, 2)
    assert (comparison.mean_a, comparison.mean_b) == (2.5, 4.0)


def test_one_seed_gives_no_interval() -> None:
    comparison = paired_comparison([1.0], [2.0], lower_is_better=True)
    assert (comparison.low, comparison.high, comparison.p_value, comparison.seeds_needed) == (None,) * 4
    assert (comparison.decided, comparison.winner, comparison.leader) == (False, None, "a")


def test_no_pairs_at_all() -> None:
    comparison = paired_comparison([NAN], [1.0], lower_is_better=True)
    assert (comparison.n, comparison.leader, comparison.decided) == (0, None, False)


@pytest.mark.parametrize(("n", "decided"), [(2, False), (5, False), (6, True)])
def test_equal_differences_are_left_to_the_sign_test(n: int, decided: bool) -> None:
    a = [0.1 * k for k in range(n)]  # their differences agree up to rounding only
    comparison = paired_comparison(a, [x + 0.3 for x in a], lower_is_better=True)
    assert comparison.decided is decided
    assert (comparison.low, comparison.high) == (None, None)
    assert comparison.p_value == pytest.approx(2.0 ** (1 - n))
    assert comparison.seeds_needed == 6


def test_the_same_values_are_a_tie() -> None:
    comparison = paired_comparison([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], lower_is_better=True)
    assert (comparison.leader, comparison.decided, comparison.seeds_needed) == (None, False, None)
    assert comparison.p_value == 1.0


def test_relative_difference_to_zero_is_undefined() -> None:
    assert math.isnan(paired_comparison([1.0], [0.0], lower_is_better=True).relative)


def test_different_numbers_of_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        paired_comparison([1.0, 2.0], [1.0], lower_is_better=True)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_interval_of_a_share_holds_the_share_and_agrees_with_the_binomial_law(
    wins: int, losses: int
) -> None:
    low, high = win_share(wins, losses)
    n = wins + losses
    assert 0 <= low <= (wins / n if n else 0.5) <= high <= 1
    if 0 < wins < n:  # at either end what was seen, or more, has probability 2.5 %
        assert stats.binom.sf(wins - 1, n, low) == pytest.approx(0.025, abs=1e-6)
        assert stats.binom.cdf(wins, n, high) == pytest.approx(0.025, abs=1e-6)
