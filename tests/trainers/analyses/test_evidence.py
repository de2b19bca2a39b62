"""What claims are decided by."""

import math

from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.evidence import all_hold, every, paired, runs_of, shown, values_of
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study


def study(*runs):
    results = Results(
        "e", "quick", runs=tuple(RunResult(v, s, f"{v}{s}", status, m) for v, s, status, m in runs)
    )
    return Study(None, results, {}, ())


GIVEN = study(
    ("a", 1, "done", {"x": 1.0}),
    ("a", 0, "done", {"x": 2.0}),
    ("a", 2, "failed", {"x": 9.0}),
    ("b", 1, "done", {}),
    ("b", 2, "done", {"x": 4.0}),
)


def test_finished_runs_come_by_seed():
    assert [run.seed for run in runs_of(GIVEN, "a")] == [0, 1]
    assert values_of(GIVEN, "a", "x") == [2.0, 1.0]
    assert math.isnan(values_of(GIVEN, "b", "x")[0])
    assert runs_of(GIVEN, "none") == ()


def test_pairs_are_of_the_seeds_that_both_finished():
    assert [(a.variant, b.variant, a.seed, b.seed) for a, b in paired(GIVEN, "a", "b")] == [("a", "b", 1, 1)]
    assert paired(GIVEN, "a", "none") == []


@given(st.lists(st.sampled_from([True, False, None])))
def test_one_failure_decides_and_one_gap_leaves_open(verdicts):
    found = all_hold(verdicts)
    assert (found is False) == (False in verdicts)
    assert (found is True) == (bool(verdicts) and all(verdict is True for verdict in verdicts))


def test_a_number_that_is_not_there_decides_nothing_but_others_can_fail():
    assert every([1.0, math.nan], lambda x: x > 0) is None
    assert every([-1.0, math.nan], lambda x: x > 0) is False
    assert every([1.0, 2.0], lambda x: x > 0) is True
    assert every([], lambda x: x > 0) is None


def test_numbers_are_shown_with_spread_and_unit():
    assert shown([1.0, 1.2, 1.1], "m") == "1.10 ± 0.10 m"
    assert shown([]) == "–"
