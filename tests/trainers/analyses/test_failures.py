"""Runs that did not finish."""

from __future__ import annotations

from lipschitz_trainers.analyses.failures import failures
from lipschitz_trainers.analyses.results import RunResult


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
