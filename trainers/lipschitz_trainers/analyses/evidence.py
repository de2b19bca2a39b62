"""What claims are decided by: the finished runs of some variants, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import mean_and_spread


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


def shown(values: Sequence[float], unit: str = "") -> str:
    """Return numbers as ``mean ± standard deviation``, with a unit.

    Example:
        >>> shown([1.0, 1.2, 1.1]), shown([0.5], "nats")
        ('1.10 ± 0.10', '0.500 nats')
    """
    found = summary(values)
    return f"{mean_and_spread(found.mean, found.std)} {unit}".rstrip()
