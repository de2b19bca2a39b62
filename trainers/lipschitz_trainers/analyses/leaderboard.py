"""Critics against a known optimum: what every variant reached on every pair, the floor, and what was published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from lipschitz_trainers.analyses.evidence import Weighed, all_hold, weighed
from lipschitz_trainers.analyses.ranking import Ranking, Row, rank
from lipschitz_trainers.analyses.study import Group, Study
from lipschitz_trainers.truth.min_funnels import OFFICIAL_SEED
from lipschitz_trainers.truth.published import Published, published

POWER = 8
"""Of the published pairs."""

SOLVERS = (
    "two_sided_gradient_penalty",
    "one_sided_gradient_penalty",
    "spectral_norm",
    "weight_clipping",
    "sorting_out",
)
"""The published solvers that stand for a constraint."""

OFFICIAL_PAIRS = "d*_n*"
"""Pattern of what the names of variants on published pairs begin with."""

PRIOR = ("log_sum_exp_mlp", "max_of_cones")
"""Networks that are a maximum, as the optimal critics of ``min_funnels`` are: they were told the answer's shape."""


@dataclass(frozen=True)
class Board:
    """One pair of distributions.

    Attributes:
        title: short name of the pair, such as ``"d16 n64"``.
        dimension: number of coordinates.
        funnels: cones of the potential; None for pairs of another family.
        ranking: the variants, best first.
        published: results of others on this very pair, by solver; empty if there are none.
    """

    title: str
    dimension: int
    funnels: int | None
    ranking: Ranking
    published: Mapping[str, Published]

    @property
    def floor(self) -> float:
        """Cosine of the trivial critic -|x|; NaN without runs."""
        return self._measured("cosine_floor")

    @property
    def linear_floor(self) -> float:
        """Cosine of the best linear critic, whose gradient is the same everywhere; NaN without runs."""
        return self._measured("cosine_linear_floor")

    @property
    def higher_floor(self) -> float:
        """The larger of both floors: what a critic has to exceed to know anything; NaN without runs."""
        known = [floor for floor in (self.floor, self.linear_floor) if math.isfinite(floor)]
        return max(known, default=math.nan)

    @property
    def ceiling(self) -> float:
        """Cosine of the optimal critic itself, at points rounded to float32; NaN without runs."""
        return self._measured("cosine_ceiling")

    @property
    def best_published(self) -> tuple[str, float]:
        """The best published solver and its cosine; nothing and NaN without."""
        best = max(self.published.items(), key=lambda item: item[1].cosine, default=None)
        return ("", math.nan) if best is None else (best[0], best[1].cosine)

    def row(self, label: str) -> Row | None:
        """Return what a variant reached, None if it has no result."""
        return next((row for row in self.ranking.ranked if row.variant.label == label), None)

    def cosine(self, label: str) -> float:
        """Return a variant's mean cosine over its seeds; NaN without, and where a planned seed has none."""
        row = self.row(label)
        return row.main.mean if row is not None and row.main.n == len(row.variant.runs) else math.nan

    def seconds(self, label: str) -> float:
        """Return the mean processor time of a variant's runs, in seconds; NaN without."""
        row = self.row(label)
        return math.nan if row is None else row.numbers["cpu"].mean

    def most_seconds(self, label: str) -> float:
        """Return the processor time of a variant's longest run, in seconds; NaN without, and where one is not known."""
        row = self.row(label)
        times = [] if row is None else [run.metric("cpu_seconds") for run in row.variant.runs]
        return math.nan if any(map(math.isnan, times)) else max(times, default=math.nan)

    def best(self, labels: Iterable[str]) -> tuple[str, float]:
        """Return the best of some variants and its cosine; nothing and NaN if none has a result."""
        found = [(label, self.cosine(label)) for label in labels]
        return max(
            ((n, c) for n, c in found if math.isfinite(c)), key=lambda item: item[1], default=("", math.nan)
        )

    def _measured(self, key: str) -> float:
        """Return what is the same for every run on the pair."""
        runs = (run for row in self.ranking.ranked for run in row.variant.done)
        return next((value for run in runs if math.isfinite(value := run.metric(key))), math.nan)


def boards(study: Study) -> tuple[Board, ...]:
    """Return the pairs of a study on which cosines were measured, by family, funnels and dimension."""
    found = [
        _board(group, dataset)
        for group in study.groups
        if (dataset := _dataset(study, group)) and "dimension" in dataset
    ]
    measured = [
        board for board in found if board.ranking.main is not None and board.ranking.main.key == "cosine"
    ]
    order = sorted(
        measured,
        key=lambda b: (
            b.funnels is None,
            b.funnels or 0,
            "" if b.funnels else b.title.split()[0],
            b.dimension,
        ),
    )
    return tuple(order)


def by_mean(found: Sequence[Board]) -> list[str]:
    """Return the variants, generic ones before those with a prior, best first by the mean cosine over the pairs.

    Those without a result of every seed on some pair come after the others: their mean leaves out pairs.
    """
    labels = dict.fromkeys(row.variant.label for board in found for row in board.ranking.ranked)

    def place(label: str) -> tuple[bool, int, float]:
        values = [value for board in found if not math.isnan(value := board.cosine(label))]
        return label in PRIOR, len(found) - len(values), -sum(values) / max(1, len(values))

    return sorted(labels, key=place)


def titled(label: str) -> str:
    """Return a variant's label, marked if it has a prior.

    Example:
        >>> titled("silu_mlp"), titled("max_of_cones")
        ('silu_mlp', 'max_of_cones (prior)')
    """
    return f"{label} (prior)" if label in PRIOR else label


def leaders(board: Board) -> set[str]:
    """Return the best generic variant of a pair and the best of all."""
    labels = [row.variant.label for row in board.ranking.ranked]
    generic = [label for label in labels if label not in PRIOR]
    return {name for name, _ in (board.best(generic), board.best(labels)) if name}


def margins(found: Iterable[tuple[str, float, float]]) -> tuple[str, bool | None]:
    """Return ``"pair value (bound), ..."`` and whether every value is at least its bound.

    Args:
        found: pair, value, and what the value must not fall below.

    Example:
        >>> margins([("d2 n4", 0.85, 0.81), ("d2 n64", 0.6, 0.7)])
        ('d2 n4 .850 (.810), d2 n64 .600 (.700)', False)
    """
    rows = list(found)
    text = ", ".join(f"{pair} {cosine_text(value)} ({cosine_text(bound)})" for pair, value, bound in rows)
    verdicts = [
        None if math.isnan(value) or math.isnan(bound) else value >= bound for _, value, bound in rows
    ]
    return text, all_hold(verdicts)


def judged(study: Study, holds: bool | None) -> Weighed:
    """Return the fields of a claim that say whether it holds: of the quick profile's short runs, what those can say.

    The other profiles stand for themselves, though published runs took more steps.
    """
    return weighed(study, holds) if study.results.profile == "quick" else {"holds": holds, "refutable": True}


def cosine_text(value: float) -> str:
    """Return a cosine with three decimals and no zero before the point.

    Example:
        >>> cosine_text(0.5), cosine_text(-0.25), cosine_text(1.0), cosine_text(float("nan"))
        ('.500', '−.250', '1.000', '–')
    """
    if math.isnan(value):
        return "–"
    return f"{value:.3f}".replace("0.", ".", 1).replace("-", "−")


def planned(study: Study, labels: Iterable[str], pairs: str = "*") -> list[str]:
    """Return the full names of a study's variants with some labels, also of those without any result.

    Args:
        study: runs, finished or not.
        labels: of the variants.
        pairs: pattern of what their names begin with, such as ``"d*_n*"``.
    """
    known = set(labels)
    variants = [variant for group in study.groups for variant in group.variants]
    return [
        variant.name
        for variant in variants
        if {variant.label, variant.name.partition("-")[2]} & known
        and fnmatch(variant.name.partition("-")[0], pairs)
    ]


def _dataset(study: Study, group: Group) -> Mapping[str, Any]:
    keys = (run.key for variant in group.variants for run in variant.runs)
    return next((study.configs[key]["dataset"] for key in keys if key in study.configs), {})


def _board(group: Group, dataset: Mapping[str, Any]) -> Board:
    dimension, funnels = dataset["dimension"], dataset.get("funnels")
    official = (
        dataset.get("seed") == OFFICIAL_SEED and dataset.get("power") == POWER and dataset.get("side") == "p"
    )
    title = f"d{dimension} n{funnels}" if funnels else f"{dataset['name'].split('_')[0]} d{dimension}"
    return Board(
        title=title,
        dimension=dimension,
        funnels=funnels,
        ranking=rank(group),
        published=published(dimension, funnels) if funnels and official else {},
    )
