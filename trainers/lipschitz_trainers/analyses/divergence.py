"""Runs whose losses left the numbers: a result, where an experiment asks what trains."""

from __future__ import annotations

from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Study


def diverged(run: RunResult) -> bool:
    """Return whether a run ended because one of its losses was infinite or not a number.

    Example:
        >>> error = "training diverged: critic_loss became nan at generator iteration 7 (...)"
        >>> diverged(RunResult("relu", 0, "", "failed", error=error))
        True
    """
    return run.status == "failed" and "training diverged" in (run.error or "")


def diverged_runs(study: Study, variant: str) -> tuple[RunResult, ...]:
    """Return the runs of a variant that diverged, by its full name."""
    return tuple(run for run in study.results.runs if run.variant == variant and diverged(run))
