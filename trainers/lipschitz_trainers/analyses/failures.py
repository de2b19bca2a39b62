"""Runs that did not finish, those with the same fate together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lipschitz_trainers.analyses.conditions import seed_list
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.wording import gist


@dataclass(frozen=True)
class Failure:
    """Runs of one variant that ended in the same way.

    Attributes:
        variant: its name.
        seeds: in words.
        status: ``"failed"`` or ``"interrupted"``.
        reason: first line of the message.
        runs: the runs.
    """

    variant: str
    seeds: str
    status: str
    reason: str
    runs: tuple[RunResult, ...]


def failures(runs: Sequence[RunResult]) -> tuple[Failure, ...]:
    """Group the runs that did not finish by variant, status and reason."""
    grouped: dict[tuple[str, str, str], list[RunResult]] = {}
    for run in runs:
        if run.status != "done":
            grouped.setdefault((run.variant, run.status, gist(run.error)), []).append(run)
    return tuple(
        Failure(variant, seed_list(run.seed for run in members), status, reason, tuple(members))
        for (variant, status, reason), members in grouped.items()
    )
