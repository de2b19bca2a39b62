"""Runs that did not finish, those with the same fate together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lipschitz_trainers.analyses.conditions import seed_list
from lipschitz_trainers.analyses.divergence import diverged
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import gist, listed

MOST = 4
"""So many variants are named, of those with unfinished runs."""


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


def unfinished(study: Study, variants: Iterable[str], counted: Iterable[str] = ()) -> str:
    """Name the planned runs of some variants that did not finish, with what became of them.

    Planned is one run of every variant for each seed that any of them has. What the command left out is missing too.

    Args:
        study: runs with their outcomes.
        variants: full names.
        counted: full names of those whose diverged runs are not missing: they have been judged as they are.

    Returns:
        Such as ``"relu seed 1 (diverged) and elu (not run)"``; "" where all are done, or none of them was planned.
    """
    names, as_they_are = list(dict.fromkeys(variants)), set(counted)
    found = {run.key: run for run in study.results.runs if run.variant in names}
    seeds = sorted({seed for _, seed in found})
    grouped: dict[tuple[str, str], list[int]] = {}
    for name in names:
        for seed in seeds:
            fate = _fate(found.get((name, seed)))
            if fate != "done" and not (fate == "diverged" and name in as_they_are):
                grouped.setdefault((name, fate), []).append(seed)
    told = [
        f"{name}{_of_seeds(missing) if len(missing) < len(seeds) else ''} ({fate})"
        for (name, fate), missing in grouped.items()
    ]
    return listed([*told[:MOST], f"{len(told) - MOST} more"] if len(told) > MOST else told) if told else ""


def _fate(run: RunResult | None) -> str:
    if run is None:
        return "not run"
    return "diverged" if diverged(run) else run.status


def _of_seeds(seeds: Sequence[int]) -> str:
    return f" seed{'' if len(seeds) == 1 else 's'} {seed_list(seeds)}"
