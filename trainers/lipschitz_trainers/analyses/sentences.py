"""Paired comparisons in plain English.

Differences and intervals in the text are the leader's advantage: positive whichever direction is better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from lipschitz_trainers.analyses.power import SEEDS_CAP
from lipschitz_trainers.analyses.wording import decimals, number, plural

if TYPE_CHECKING:
    from lipschitz_trainers.analyses.statistics import PairedComparison


def paired(comparison: PairedComparison, name_a: str, name_b: str, metric: str) -> str:
    """Say who is ahead of whom, by how much, and whether the seeds decide it."""
    if comparison.n == 0:
        said = f"{name_a} and {name_b} cannot be compared: no seed has a finite {metric} for both"
    elif comparison.leader is None:
        said = f"{name_a} and {name_b} have the same mean {metric} over {plural(comparison.n, 'seed')}: "
        said += number(comparison.mean_a)
    else:
        first, second = (name_a, name_b) if comparison.leader == "a" else (name_b, name_a)
        said = (_decided if comparison.decided else _undecided)(comparison, first, second, metric)
    if comparison.n and comparison.dropped:
        said += f" ({plural(comparison.dropped, 'seed')} left out: not finite for both)"
    return f"{said}."


def _decided(comparison: PairedComparison, first: str, second: str, metric: str) -> str:
    show, better = _same_decimals(comparison), "lower" if comparison.lower_is_better else "higher"
    best, other = _means(comparison, show)
    sure = (
        _interval(comparison, show)
        or f"the same on every seed, sign test p = {number(comparison.p_value, 2)}"
    )
    return (
        f"{first} has the {better} {metric}: {best} against {other} for {second} "
        f"(difference {show(abs(comparison.difference))}, {sure} over {plural(comparison.n, 'seed')})"
    )


def _undecided(comparison: PairedComparison, first: str, second: str, metric: str) -> str:
    show, seeds = _same_decimals(comparison), plural(comparison.n, "seed")
    best, other = _means(comparison, show)
    lead = (
        f"{first} against {second} cannot be decided with {seeds}: {metric} {best} against {other}, "
        f"difference {show(abs(comparison.difference))}"
    )
    if comparison.n == 1:
        return f"{lead}; one seed gives no interval, so run at least two, better five"
    if not (interval := _interval(comparison, show)):
        return f"{lead} on every seed, so there is no spread to build an interval from; {_needed(comparison)}"
    return f"{lead}, {interval}; {_needed(comparison)}"


def _needed(comparison: PairedComparison) -> str:
    """Say how many seeds would decide, were the difference as large as it looks."""
    needed = comparison.seeds_needed
    if needed is None:
        return "more seeds would be needed"
    if math.isinf(comparison.standardized):
        return f"{needed} seeds would be needed for the sign test to tell"
    count = f"over {SEEDS_CAP:,}" if needed > SEEDS_CAP else f"about {needed:,}"
    return f"{count} seeds would be needed to tell, if the difference is as large as it looks"


def _interval(comparison: PairedComparison, show: Callable[[float], str]) -> str:
    if comparison.low is None or comparison.high is None:
        return ""
    sign = math.copysign(1.0, comparison.difference)
    low, high = sorted((sign * comparison.low, sign * comparison.high))
    return f"{100 * comparison.confidence:g}% interval {show(low)} to {show(high)}"


def _means(comparison: PairedComparison, show: Callable[[float], str]) -> tuple[str, str]:
    """Return the leader's mean and the other's."""
    means = show(comparison.mean_a), show(comparison.mean_b)
    return means if comparison.leader == "a" else (means[1], means[0])


def _same_decimals(comparison: PairedComparison) -> Callable[[float], str]:
    """Return what shows every number of a sentence with the same decimals.

    They suit the difference, and are enough that no end of the interval is rounded to 0, on which side of it
    being the whole point.
    """
    ends = [end for end in (comparison.low, comparison.high) if end is not None]
    margin = (max(ends) - min(ends)) / 2 if ends else 0.0
    coarse = decimals(max(abs(comparison.difference), margin), 2)
    places = max(coarse, min(decimals(comparison.difference, 1), coarse + 1))
    places = max([places, *(min(decimals(end, 1), places + 2) for end in ends)])
    if places > 6 or abs(comparison.difference) >= 1e6:
        return number
    return lambda value: f"{value:,.{places}f}".replace("-", "−")
