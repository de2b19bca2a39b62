"""Runs that did not finish."""

from __future__ import annotations

from lipschitz_trainers.analyses.failures import MOST, failures, unfinished
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study


def run(variant: str, seed: int, status: str, error: str | None = None) -> RunResult:
    return RunResult(variant, seed, f"runs/{variant}-seed{seed}", status, error=error)  # type: ignore[arg-type]


def test_the_same_fate_is_told_once() -> None:
    runs = [run("a", seed, "failed", f"NaN\nat line {seed}") for seed in range(3)]
    runs += [run("a", 3, "failed", "out of memory"), run("b", 0, "interrupted"), run("b", 1, "done")]
    found = [(f.variant, f.seeds, f.status, f.reason, len(f.runs)) for f in failures(runs)]
    assert found == [
        ("a", "0 to 2", "failed", "NaN", 3),
        ("a", "3", "failed", "out of memory", 1),
        ("b", "0", "interrupted", "no message", 1),
    ]


def told(*runs, variants="abcdefgh", counted=()):
    results = Results(
        "e",
        "quick",
        runs=tuple(RunResult(v, seed, "", status, error=error) for v, seed, status, error in runs),
    )
    return unfinished(Study(None, results, {}, ()), variants, counted)


LOST = "training diverged: critic_loss became nan at generator iteration 7 (...)"


def test_missing_runs_are_told_with_their_seeds_and_what_became_of_them():
    runs = [
        ("a", 0, "done", None),
        ("a", 1, "failed", LOST),
        ("b", 0, "failed", "x"),
        ("b", 1, "interrupted", "y"),
    ]
    wanted = "a seed 1 (diverged), b seed 0 (failed), b seed 1 (interrupted) and c (not run)"
    assert told(*runs, variants="abc") == wanted
    assert told(*runs, variants="a") == "a seed 1 (diverged)"
    assert told(*runs, variants="a", counted="a") == ""
    assert told(*runs, variants="cd") == ""


def test_what_other_variants_ran_was_not_planned_for_these():
    runs = [("a", 0, "done", None), ("b", 0, "done", None), ("b", 1, "done", None)]
    assert told(*runs, variants="a") == ""
    assert told(*runs, variants="ab") == "a seed 1 (not run)"


def test_of_many_missing_variants_a_few_are_named():
    assert told(("a", 0, "done", None)).endswith(f"and {7 - MOST} more")
