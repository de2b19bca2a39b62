"""The outcome in sentences: which constraint served best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lipschitz_trainers.analyses.quantities import Main
from lipschitz_trainers.analyses.ranking import Ranking, Row, compare
from lipschitz_trainers.analyses.sides import are_sides, one_against_two_sided
from lipschitz_trainers.analyses.wording import listed, mean_and_spread, number, plural


@dataclass(frozen=True)
class Verdict:
    """What a reader takes home.

    Attributes:
        answer: one sentence a dataset.
        best: the comparison behind it, one paragraph a dataset; empty where there is nothing to compare.
        sides: one-sided against two-sided, in paragraphs; empty if they did not both take part.
    """

    answer: tuple[str, ...]
    best: tuple[str, ...]
    sides: tuple[str, ...]


def verdict(rankings: Sequence[Ranking]) -> Verdict:
    """Put rankings into words."""
    return Verdict(
        answer=tuple(_answer(ranking) for ranking in rankings),
        best=tuple(_best(ranking) for ranking in rankings),
        sides=one_against_two_sided(rankings),
    )


def _answer(ranking: Ranking) -> str:
    ranked = ranking.ranked
    if ranking.main is None or not ranked:
        return f"On {ranking.dataset} nothing can be ranked: no run ended with a finite main metric."
    first, title = ranked[0], ranking.main.title
    reached = f"{title} {mean_and_spread(first.main.mean, first.main.std)}{_floor(first, ranking.main)}"
    if len(ranked) == 1:
        return f"On {ranking.dataset}, {first.variant.label} reached {reached}; nothing to compare with."
    level = [row.variant.label for row in ranked if row.level_with_first]
    if not level:
        return f"On {ranking.dataset}, {first.variant.label} served best: {reached}."
    seeds = plural(max(row.main.n for row in ranked), "seed")
    rivals = level[0] if len(level) == 1 else f"{len(level)} others"
    return (
        f"On {ranking.dataset} there is no clear winner: {first.variant.label} leads with {reached}, "
        f"but {seeds} cannot tell it from {rivals}."
    )


def _floor(row: Row, main: Main) -> str:
    """Say what real data reach, the value to be judged by."""
    if not math.isfinite(row.floor):
        return ""
    what = main.floor_title or ("real against real" if main.lower_is_better else "real data")
    return f" ({what}: {number(row.floor)})"


def _best(ranking: Ranking) -> str:
    """Compare the first with the runner-up, and name those that the seeds do tell from the first."""
    if ranking.main is None or len(ranking.ranked) < 2:
        return ""
    first, second, *rest = ranking.ranked
    names = first.variant.label, second.variant.label
    if are_sides(first, second):
        said = f"{names[0]} and {names[1]}, which are compared below, under one-sided against two-sided."
    else:
        said = compare(first, second, ranking.main).sentence(*names, ranking.main.title)
    said = f"First and second on {ranking.dataset}: {said}"
    if behind := [row.variant.label for row in rest if not row.level_with_first]:
        said += f" These seeds do place {listed(behind)} behind the first."
    if rest:
        said += " Each interval is for one comparison; the best of several also owes something to luck."
    return said
