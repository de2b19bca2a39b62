"""What a reader is told about a comparison."""

from __future__ import annotations

import math

from lipschitz_trainers.analyses.statistics import paired_comparison

A, B = "one_sided_gradient_penalty", "two_sided_gradient_penalty"


def said(a: list[float], b: list[float], *, lower_is_better: bool = True) -> str:
    return paired_comparison(a, b, lower_is_better=lower_is_better).sentence(A, B, "W1")


def test_a_decided_comparison() -> None:
    text = said([0.081, 0.079, 0.083, 0.080, 0.082], [0.094, 0.090, 0.099, 0.091, 0.096])
    assert text == (
        f"{A} has the lower W1: 0.081 against 0.094 for {B} "
        "(difference 0.013, 95% interval 0.010 to 0.016 over 5 seeds)."
    )


def test_the_winner_comes_first_and_its_advantage_is_positive() -> None:
    text = said([0.090, 0.091, 0.089], [0.081, 0.080, 0.082])
    assert text.startswith(f"{B} has the lower W1: 0.08")
    assert "difference 0.009" in text
    assert said([5.0, 5.1, 5.2], [1.0, 1.2, 1.1], lower_is_better=False).startswith(f"{A} has the higher W1")


def test_an_undecided_comparison_says_how_many_seeds_would_do() -> None:
    text = said([0.081, 0.100, 0.083], [0.094, 0.090, 0.089])
    assert f"{A} against {B} cannot be decided with 3 seeds: W1 0.088 against 0.091" in text
    assert "95% interval −0.026 to 0.032" in text
    assert "seeds would be needed to tell" in text


def test_an_end_of_the_interval_is_never_rounded_to_zero() -> None:
    text = said([0.0, 0.0, 0.0], [0.10, 0.20, 0.3481])
    assert "−0.0" in text
    assert "−0.00 " not in text


def test_more_than_a_thousand_seeds() -> None:
    assert "over 1,000 seeds would be needed" in said([0.0, 1.0, 2.0], [1.0, 0.0, 2.001])


def test_one_seed() -> None:
    assert "cannot be decided with 1 seed: W1 1.0 against 2.0" in said([1.0], [2.0])
    assert "one seed gives no interval" in said([1.0], [2.0])


def test_no_seed_and_a_tie() -> None:
    assert said([math.nan], [1.0]) == f"{A} and {B} cannot be compared: no seed has a finite W1 for both."
    assert said([1.0, 2.0], [2.0, 1.0]) == f"{A} and {B} have the same mean W1 over 2 seeds: 1.50."


def test_dropped_seeds_are_mentioned() -> None:
    assert "(1 seed left out: not finite for both)" in said([1.0, 2.0, math.nan], [1.5, 2.1, 1.0])


def test_the_same_difference_on_every_seed() -> None:
    assert "on every seed, so there is no spread" in said([1.0, 2.0], [2.0, 3.0])
    assert "6 seeds would be needed for the sign test" in said([1.0, 2.0], [2.0, 3.0])
    assert "sign test p = 0.031 over 6 seeds" in said([1.0] * 6, [2.0] * 6)


def test_very_small_numbers_keep_their_digits() -> None:
    assert "1.50e-9" in said([1e-9, 2e-9], [3e-9, 9e-9])
