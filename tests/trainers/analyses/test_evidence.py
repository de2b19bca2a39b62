"""What claims are decided by."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    runs_of,
    shown,
    steps_told,
    values_of,
    weighed,
)
from lipschitz_trainers.analyses.results import Claim, Results, RunResult
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


LOST = "training diverged: critic_loss became nan at generator iteration 7 (...)"
FATES = st.sampled_from(["done", "failed", "interrupted", "diverged", "not run"])


def with_fates(fates):
    """Return a study of variants a, b, ..., each with the seeds of its fates."""
    runs = (
        RunResult(variant, seed, "", "failed", error=LOST)
        if fate == "diverged"
        else RunResult(variant, seed, "", fate, error=None if fate == "done" else "no space left")
        for variant, some in zip("abcdefgh", fates, strict=False)
        for seed, fate in enumerate(some)
        if fate != "not run"
    )
    return Study(None, Results("e", "quick", runs=tuple(runs)), {}, ())


@given(
    st.lists(st.lists(FATES, min_size=2, max_size=2), min_size=1, max_size=3),
    st.sampled_from([True, False, None]),
)
def test_what_holds_of_finished_runs_is_open_without_the_others_and_what_they_refute_stays_so(fates, verdict):
    claim = Claim("id", "s", measured="1", holds=verdict)
    names = "abc"[: len(fates)]
    found = resting_on(with_fates(fates), claim, names)
    planned = [seed for seed in (0, 1) if any(some[seed] != "not run" for some in fates)]
    if all(some[seed] == "done" for some in fates for seed in planned):
        assert found is claim
    else:
        assert found.holds is (False if verdict is False else None)
        assert found.measured.startswith("1; unfinished: ")
    assert resting_on(with_fates(fates), claim, names, pooled=True).holds in (found.holds, None)


@given(
    st.lists(st.lists(FATES, min_size=2, max_size=2), min_size=1, max_size=3),
    st.sampled_from([True, False, None]),
)
def test_training_that_diverged_refutes_what_is_said_of_it_however_short(fates, verdict):
    claim = Claim("id", "s", holds=verdict, refutable=False)
    found = resting_on(with_fates(fates), claim, "abc"[: len(fates)], trained="a")
    if "diverged" in fates[0]:
        assert (found.verdict, found.refutable) == ("no", True)
    else:
        assert found.refutable is False


def test_divergence_that_was_judged_already_is_not_missing():
    claim = Claim("id", "s", holds=True)
    assert resting_on(with_fates([["diverged"]]), claim, "a", counted="a") is claim
    assert resting_on(with_fates([["failed"]]), claim, "a", counted="a").holds is None


def test_numbers_given_for_their_own_sake_say_what_they_leave_out():
    claim = Claim("id", "s", criterion=False)
    found = resting_on(with_fates([["done"], ["failed"]]), claim, "ab", trained="ab")
    assert (found.measured, found.verdict) == ("unfinished: b (failed)", "measured")


def test_of_variants_that_were_not_planned_at_all_nothing_is_said():
    claim = Claim("id", "s")
    assert resting_on(with_fates([["done"]]), claim, ["x", "y"]) is claim


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


def long(steps, profile="quick", experiment="toy_gan"):
    """Return finished runs of these lengths, a seed each, of a variant that the paper trains 100,000 iterations."""
    runs = tuple(RunResult("swiss_roll-orthogonal", seed, "", "done") for seed in range(len(steps)))
    configs = {run.key: {"steps": count} for run, count in zip(runs, steps, strict=True) if count}
    return Study(None, Results(experiment, profile, runs=runs), configs, ())


@pytest.mark.parametrize(
    ("steps", "profile", "verdict"),
    [
        ([300], "quick", None),
        ([300], "paper", None),
        ([100_000], "quick", False),
        ([100_000], "paper", False),
        ([300, 100_000], "quick", False),
        ([300, 400], "paper", None),
        ([None], "quick", None),
        ([None], "paper", False),
    ],
)
def test_what_fails_is_open_only_if_all_runs_were_shorter_than_the_papers(steps, profile, verdict):
    assert weighed(long(steps, profile), False)["holds"] is verdict
    assert weighed(long(steps, profile), False, ["swiss_roll-orthogonal"])["holds"] is verdict


@given(st.sampled_from([300, 100_000]), st.sampled_from(["quick", "paper"]), st.sampled_from([True, None]))
def test_length_changes_no_verdict_that_is_not_false(steps, profile, verdict):
    assert weighed(long([steps], profile), verdict)["holds"] is verdict


@given(st.sampled_from([True, False, None]), st.sampled_from(["quick", "paper"]))
def test_only_runs_as_long_as_the_papers_could_have_refuted(verdict, profile):
    assert weighed(long([300], profile), verdict)["refutable"] is False
    assert weighed(long([100_000], profile), verdict) == {"holds": verdict, "refutable": True}


def test_only_the_variants_behind_a_verdict_count():
    given = long([300])
    other = RunResult("swiss_roll-spectral_norm", 0, "", "done")
    both = Study(
        None,
        Results("toy_gan", "quick", runs=(*given.results.runs, other)),
        {**given.configs, other.key: {"steps": 100_000}},
        (),
    )
    assert weighed(both, False, ["swiss_roll-orthogonal"])["holds"] is None
    assert weighed(both, False, ["swiss_roll-spectral_norm"])["holds"] is False
    assert weighed(both, False)["holds"] is False


def test_of_an_experiment_that_is_not_packaged_the_profile_tells():
    assert weighed(long([300], "quick", "mine"), False)["holds"] is None
    assert weighed(long([300], "paper", "mine"), False)["holds"] is False


def test_the_iterations_are_told_from_the_configurations():
    assert (
        steps_told(long([300])) == "These runs took 300 iterations, those of the paper profile take 100,000."
    )
    assert steps_told(long([2000, 300])).startswith("These runs took 300 and 2,000 iterations, those")
    assert steps_told(long([100_000])) == "These runs took 100,000 iterations, as in the paper profile."
    assert steps_told(long([1], experiment="mine")) == "These runs took 1 iteration."
    assert "is not known" in steps_told(long([None]))
