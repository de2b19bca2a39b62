"""Variants of one dataset, best first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lipschitz_trainers.analyses.quantities import QUANTITIES, Main, main_metric
from lipschitz_trainers.analyses.statistics import PairedComparison, Summary, paired_comparison, summary
from lipschitz_trainers.analyses.study import Group, Variant
from lipschitz_trainers.analyses.wording import gist, plural


@dataclass(frozen=True)
class Row:
    """One variant with its numbers.

    Attributes:
        variant: the variant.
        main: the main metric over its finished seeds.
        values: the main metric by seed.
        floor: mean of the same metric between real and real samples; NaN without.
        numbers: the other quantities by name, over its finished seeds.
        rank: 1 for the best; None without a finite main metric.
        reason: why there is no rank.
        against_first: the comparison with the first row; None for that row and for those without rank.
    """

    variant: Variant
    main: Summary
    values: Mapping[int, float]
    floor: float
    numbers: Mapping[str, Summary]
    rank: int | None = None
    reason: str | None = None
    against_first: PairedComparison | None = None

    @property
    def level_with_first(self) -> bool:
        """Whether these seeds cannot tell it from the first."""
        return self.against_first is not None and not self.against_first.decided

    @property
    def seeds(self) -> str:
        """How many seeds the numbers come from: ``"3"``, or ``"2/3"`` if some have none."""
        planned = len(self.variant.runs)
        return str(planned) if self.main.n == planned else f"{self.main.n}/{planned}"


@dataclass(frozen=True)
class Ranking:
    """The rows of one dataset, best first, those without a number last.

    Attributes:
        dataset: its name.
        main: what is ranked by; None if no run has any main metric.
        rows: one a variant.
        score_titles: what each image score is called; None where runs were judged differently.
    """

    dataset: str
    main: Main | None
    rows: tuple[Row, ...]
    score_titles: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows with a rank."""
        return tuple(row for row in self.rows if row.rank is not None)


def rank(group: Group) -> Ranking:
    """Rank the variants of a group by the mean of its main metric over the seeds that finished."""
    main = main_metric(group)
    rows = [_row(variant, main) for variant in group.variants]
    if main is None:
        return Ranking(group.dataset, None, tuple(sorted(rows, key=lambda row: not row.variant.done)))
    sign = 1 if main.lower_is_better else -1
    # A variant some of whose seeds have no result comes after the complete ones: its mean leaves out its worst.
    ranked = sorted(
        (row for row in rows if row.main.n),
        key=lambda row: (row.main.n < len(row.variant.runs), sign * row.main.mean),
    )
    placed = [
        replace(row, rank=place, against_first=compare(row, ranked[0], main) if place > 1 else None)
        for place, row in enumerate(ranked, start=1)
    ]
    others = sorted((row for row in rows if not row.main.n), key=lambda row: not row.variant.done)
    return Ranking(group.dataset, main, (*placed, *others), group.score_titles)


def compare(first: Row, second: Row, main: Main) -> PairedComparison:
    """Compare two rows on the seeds that both finished."""
    seeds = sorted(first.values.keys() & second.values.keys())
    return paired_comparison(
        [first.values[seed] for seed in seeds],
        [second.values[seed] for seed in seeds],
        lower_is_better=main.lower_is_better,
    )


def _row(variant: Variant, main: Main | None) -> Row:
    values = {run.seed: main.of(run) for run in variant.done} if main else {}
    measured = summary(list(values.values()))
    return Row(
        variant=variant,
        main=measured,
        values=values,
        floor=summary([run.metric(main.floor) for run in variant.done]).mean if main else math.nan,
        numbers={
            name: summary([quantity.of(run) for run in variant.done]) for name, quantity in QUANTITIES.items()
        },
        reason=None if measured.n else _reason(variant, main),
    )


def _reason(variant: Variant, main: Main | None) -> str:
    """Say why a variant has no number to be ranked by."""
    if variant.done:
        what = main.title if main else "metric to rank by"
        return f"no finite {what} in {plural(len(variant.done), 'finished run')}"
    worst = min(variant.runs, key=lambda run: (run.status != "failed", not run.error))
    return gist(worst.error) if worst.status == "failed" else f"interrupted: {gist(worst.error)}"
