"""`Verdict`: how it prints, and advice for every fault code."""

import dataclasses
from pathlib import Path

import pytest

from lipschitz.testing import Verdict
from lipschitz.testing.identify.verdict import ADVICE

PUBLISHED = [
    "wrong_axis",
    "whole_batch_norm",
    "mean_not_sum",
    "one_epsilon_per_batch",
    "epsilon_per_element",
    "epsilon_outside_unit_interval",
    "points_not_between",
    "nan_at_zero",
    "biased_epsilon",
    "not_squared",
    "norm_not_excess",
    "detached",
    "leaks_to_generator",
]


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_published_code_has_advice(code):
    assert ADVICE[code].count(". ") >= 1, "a consequence and a cure"


def test_every_code_is_in_the_documentation():
    text = (Path(__file__).parents[4] / "docs" / "checking-a-penalty.md").read_text(encoding="utf-8")
    assert [code for code in ADVICE if f"`{code}`" not in text] == []


def test_it_prints_what_counts_first():
    verdict = Verdict("one_sided", False, ("wrong_axis",), "wrong_axis: something.", ("a note.",))
    assert str(verdict).splitlines() == [
        "one_sided, with wrong_axis",
        "wrong_axis: something.",
        "note: a note.",
    ]
    assert str(Verdict("two_sided", True, (), "fine")).startswith("two_sided, correct")


def test_it_is_a_value():
    verdict = Verdict("two_sided", True, (), "fine")
    assert verdict == Verdict("two_sided", True, (), "fine")
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.correct = False
