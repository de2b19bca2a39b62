"""What claims are decided by: the finished runs of some variants, seed by seed, and those that did not finish."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypedDict

from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.failures import unfinished
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import listed, mean_and_spread
from lipschitz_trainers.config.experiment import experiment_names, load_experiment

PAPER = "paper"
"""The profile with the paper's settings."""


def runs_of(study: Study, variant: str) -> tuple[RunResult, ...]:
    """Return the finished runs of a variant by its full name, in the order of their seeds; empty without any."""
    found = [run for run in study.results.runs if run.variant == variant and run.status == "done"]
    return tuple(sorted(found, key=lambda run: run.seed))


def values_of(study: Study, variant: str, key: str) -> list[float]:
    """Return a metric of each finished run of a variant, NaN where it was not measured."""
    return [run.metric(key) for run in runs_of(study, variant)]


def paired(study: Study, *variants: str) -> list[tuple[RunResult, ...]]:
    """Return, for each seed that all of these variants have finished, their runs in the order given."""
    by_seed = [{run.seed: run for run in runs_of(study, variant)} for variant in variants]
    common = set.intersection(*(set(found) for found in by_seed)) if by_seed else set[int]()
    return [tuple(found[seed] for found in by_seed) for seed in sorted(common)]


def every(values: Iterable[float], holds: Callable[[float], bool]) -> bool | None:
    """Return whether all numbers pass; None without any, or where one is NaN and none fails."""
    return all_hold(None if math.isnan(value) else holds(value) for value in values)


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """Return whether all verdicts are true; None without any, or where one is undecided and none is false.

    Example:
        >>> all_hold([True, True]), all_hold([True, None]), all_hold([None, False]), all_hold([])
        (True, None, False, None)
    """
    found = list(verdicts)
    if False in found:
        return False
    return True if found and None not in found else None


def resting_on(
    study: Study,
    claim: Claim,
    variants: Iterable[str],
    *,
    trained: Iterable[str] = (),
    counted: Iterable[str] = (),
    pooled: bool = False,
) -> Claim:
    """Return a claim as it stands when the planned runs that did not finish are taken into account.

    Checkers look at finished runs. What holds of those is open where others are missing; what they refute stays
    refuted. Training that diverges is a result where a claim says that it does not.

    Args:
        study: runs with their outcomes.
        claim: judged by the finished runs.
        variants: full names of all that it draws on, by the experiment, also of those that the command left out.
        trained: full names of those among them that it says train, are stable or come near something.
        counted: full names of those whose diverged runs the checker has judged already.
        pooled: whether it is about a mean, a count or the best of several, which any of the missing runs could turn.

    Returns:
        The claim, its measured values followed by the runs that are missing (see `unfinished`).
    """
    missing = unfinished(study, variants, counted)
    if not missing:
        return claim
    told = " ".join(filter(None, (f"{claim.measured};" if claim.measured else "", f"unfinished: {missing}")))
    if not claim.criterion:
        return replace(claim, measured=told)
    if any(diverged_runs(study, variant) for variant in trained):
        return replace(claim, measured=told, holds=False, refutable=True)
    return replace(claim, measured=told, holds=None if claim.holds or pooled else claim.holds)


class Weighed(TypedDict):
    """The part of a `Claim` that says whether it holds."""

    holds: bool | None
    refutable: bool


def weighed(study: Study, verdict: bool | None, variants: Iterable[str] | None = None) -> Weighed:
    """Return what runs say that, where all are shorter than the paper's, may confirm a claim but not refute it.

    Args:
        study: finished runs with their configurations; where none is known, those of the quick profile are short.
        verdict: what the runs say.
        variants: full names of those behind the verdict; None: all.

    Returns:
        The fields of a `Claim`: of short runs, undecided instead of false, and marked as not to be refuted by them.
    """
    short = are_short(study, variants)
    return {"holds": None if short and verdict is False else verdict, "refutable": not short}


def are_short(study: Study, variants: Iterable[str] | None = None) -> bool:
    """Return whether all these runs took fewer iterations than those of the paper's profile; see `weighed`."""
    known = [(taken, wanted) for taken, wanted in _steps(study, variants) if wanted is not None]
    return all(a < b for a, b in known) if known else study.results.profile == "quick"


def steps_told(study: Study, variants: Iterable[str] | None = None) -> str:
    """Return in a sentence how many iterations runs took, and how many the paper's profile takes.

    Args:
        study: finished runs with their configurations.
        variants: full names of those to tell of; None: all.

    Returns:
        Such as ``"These runs took 300 iterations, those of the paper profile take 100,000."``; "" without runs.
    """
    if variants is not None:
        variants = list(variants)
        if not any(runs_of(study, variant) for variant in variants):
            return ""
    steps = _steps(study, variants)
    if not steps:
        return (
            f"These runs are of the {study.results.profile} profile; their number of iterations is not known."
        )
    taken, wanted = sorted({a for a, _ in steps}), sorted({b for _, b in steps if b is not None})
    told = f"These runs took {listed(f'{n:,}' for n in taken)} iteration{'' if taken == [1] else 's'}"
    if not wanted:
        return f"{told}."
    if taken == wanted:
        return f"{told}, as in the {PAPER} profile."
    return f"{told}, those of the {PAPER} profile take {listed(f'{n:,}' for n in wanted)}."


def _steps(study: Study, variants: Iterable[str] | None) -> list[tuple[int, int | None]]:
    """Return the iterations of each finished run whose configuration is known, and of its variant in the paper."""
    names = None if variants is None else set(variants)
    runs = [
        run for run in study.results.runs if run.status == "done" and (names is None or run.variant in names)
    ]
    taken = [(run.variant, study.configs.get(run.key, {}).get("steps")) for run in runs]
    paper = _paper_steps(study.results.experiment)
    return [(steps, paper.get(variant)) for variant, steps in taken if isinstance(steps, int)]


@lru_cache(maxsize=8)
def _paper_steps(experiment: str) -> Mapping[str, int]:
    """Return the iterations of each variant of a packaged experiment in its paper profile; none of any other."""
    if experiment not in experiment_names():
        return {}
    found = load_experiment(experiment)
    return {run.variant: run.config.steps for run in found.resolve(PAPER)} if PAPER in found.profiles else {}


def shown(values: Sequence[float], unit: str = "") -> str:
    """Return numbers as ``mean ± standard deviation``, with a unit.

    Example:
        >>> shown([1.0, 1.2, 1.1]), shown([0.5], "nats")
        ('1.10 ± 0.10', '0.500 nats')
    """
    found = summary(values)
    return f"{mean_and_spread(found.mean, found.std)} {unit}".rstrip()
