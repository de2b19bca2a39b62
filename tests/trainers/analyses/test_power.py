"""Seeds needed agree with published tables and with the definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.power import SEEDS_CAP, power_of_paired_t, seeds_needed


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)])
def test_agrees_with_the_usual_tables(effect: float, n: int) -> None:
    assert seeds_needed(effect) == n  # as G*Power reports them


@given(st.floats(0.1, 20), st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([0.9, 0.95]))
def test_is_the_smallest_number_that_suffices(effect: float, power: float, confidence: float) -> None:
    n = seeds_needed(effect, confidence=confidence, power=power)
    assert n is not None
    if n <= SEEDS_CAP:
        assert power_of_paired_t(effect, n, confidence=confidence) >= power
    if n > 2:
        assert power_of_paired_t(effect, n - 1, confidence=confidence) < power


def test_no_effect_has_no_answer_and_a_tiny_one_is_capped() -> None:
    assert seeds_needed(0.0) is None
    assert seeds_needed(math.nan) is None
    assert seeds_needed(0.001) == SEEDS_CAP + 1


def test_power_without_an_effect_is_the_level() -> None:
    assert power_of_paired_t(0.0, 7) == pytest.approx(0.05)


@pytest.mark.parametrize("effect", [50.0, 1e4, 1e9])
def test_overwhelming_effects_need_two_seeds(effect: float) -> None:
    assert seeds_needed(effect) == 2


@given(st.floats(0.01, 5), st.integers(2, 200))
def test_the_sign_of_an_effect_does_not_matter(effect: float, n: int) -> None:
    assert power_of_paired_t(effect, n) == power_of_paired_t(-effect, n)
