"""The ranked table as text, column by column, for the terminal and the page alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lipschitz_trainers.analyses.image_scores import IMAGE_SCORES
from lipschitz_trainers.analyses.ranking import Ranking, Row
from lipschitz_trainers.analyses.wording import MISSING, mean_and_spread, number

LEVEL = "≈"
"""Marks a rank that the seeds do not tell from the first."""

UNDECIDED = f"{LEVEL} these seeds cannot tell it from the first"
"""Explains the mark."""


@dataclass(frozen=True)
class Column:
    """One column of the ranked table.

    Attributes:
        title: its heading.
        keep: how important it is; where there is no room, columns with the highest number go first.
        text: the cell of a row.
        help: one line for the legend of the page; empty where the heading says it all.
        numeric: whether it is aligned to the right.
    """

    title: str
    keep: int
    text: Callable[[Row], str]
    help: str = ""
    numeric: bool = True


def columns(ranking: Ranking) -> tuple[Column, ...]:
    """Return the columns that have something to show for this ranking, in reading order."""
    main = ranking.main
    if main is None:
        return (_RANK, _CONSTRAINT, _COST, _SEEDS)
    arrow, real = ("↓", "real vs real") if main.lower_is_better else ("↑", "real data")
    real = main.floor_title or real
    candidates = (
        _RANK,
        _CONSTRAINT,
        Column(
            f"{main.title} {arrow}",
            0,
            lambda row: mean_and_spread(row.main.mean, row.main.std),
            f"mean ± standard deviation over seeds; {main.better} is better",
        ),
        Column(
            real,
            1,
            lambda row: number(row.floor),
            main.floor_help,
        ),
        *(
            (_SLICED if main.lower_is_better else replace(_SLICED, keep=2),)
            if main.key != "sliced_w1"
            else ()
        ),
        *_image_scores(ranking),
        _L2,
        _TRUE_W1,
        _TRUE_ERROR,
        _CRITIC_W1,
        _W1_ERROR,
        _SLOPE,
        _INTERVAL,
        _CALIBRATED,
        _MODES,
        _QUALITY,
        _COST,
        _CPU,
        _SEEDS,
    )
    always = (_RANK, _CONSTRAINT, _SEEDS)
    return tuple(
        column
        for column in candidates
        if column in always or any(column.text(row) != MISSING for row in ranking.rows)
    )


def _image_scores(ranking: Ranking) -> Iterator[Column]:
    """Yield a column for each image score besides the main one, titled by what made it, real images in parentheses."""
    shown = {key: ranking.score_titles.get(key, score.title({}, 0)) for key, score in IMAGE_SCORES.items()}
    for key, title in shown.items():
        if title is not None and ranking.main is not None and key != ranking.main.key:
            yield Column(title, 5, _with_floor(key), "in parentheses what real images get")


def _with_floor(key: str) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        mean, floor = row.numbers[key].mean, row.numbers[f"{key}_floor"].mean
        return f"{number(mean)} ({number(floor)})" if math.isfinite(mean) else MISSING

    return text


def _mean(name: str, digits: int = 3) -> Callable[[Row], str]:
    return lambda row: number(row.numbers[name].mean, digits)


def _slope(row: Row) -> str:
    mean, steepest = row.numbers["slope_line"].mean, row.numbers["slope_max"].mean
    return f"{number(mean, 2)} ({number(steepest, 2)})" if math.isfinite(steepest) else number(mean, 2)


def _between(lower: str, upper: str) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        ends = [row.numbers[name].mean for name in (lower, upper)]
        if all(map(math.isfinite, ends)):
            return " to ".join(number(end, 2) for end in sorted(ends))
        shown = [number(end, 2) for end in ends]
        known = [f"{sign} {end}" for sign, end in zip("≥≤", shown, strict=True) if end != MISSING]
        return known[0] if known else MISSING

    return text


def _modes(row: Row) -> str:
    covered, there_are = row.numbers["modes"].mean, row.numbers["mode_count"].mean
    return f"{covered:.3g} of {there_are:.0f}" if math.isfinite(covered + there_are) else number(covered)


def _share(row: Row) -> str:
    share = row.numbers["quality"].mean
    return f"{share:.0%}" if math.isfinite(share) else MISSING


def _rank(row: Row) -> str:
    return f"{row.rank or MISSING}{f' {LEVEL}' if row.level_with_first else ''}"


_RANK = Column("#", 0, _rank, UNDECIDED)
_CONSTRAINT = Column("constraint", 0, lambda row: row.variant.label, numeric=False)
_SLICED = Column("sliced W1 ↓", 9, _mean("sliced_w1"), "mean W1 of one-dimensional projections")
_CRITIC_W1 = Column("critic's W1", 7, _mean("critic_w1"), "the critic's own estimate of W1")
_W1_ERROR = Column(
    "W1 error",
    6,
    _mean("w1_error", 2),
    "the critic's W1 minus the exact one: below 0 not optimal, above 0 too steep",
)
_L2 = Column(
    "L2 ↓", 3, _mean("l2"), "mean squared distance between the critic's and the optimal critic's gradients"
)
_TRUE_W1 = Column("true W1", 6, _mean("true_w1"), "between the distributions, not between samples")
_TRUE_ERROR = Column(
    "error of it",
    6,
    _mean("true_error", 2),
    "the critic's value minus the true W1: below 0 not optimal, above 0 too steep",
)
_SLOPE = Column(
    "slope (max)", 4, _slope, "mean and largest gradient norm on lines between real and fake; target 1"
)
_INTERVAL = Column(
    "Lipschitz constant",
    10,
    _between("lipschitz_lower", "lipschitz_upper"),
    "of the critic over the whole space: from the steepest slope found to a certified upper bound, means over seeds",
)
_CALIBRATED = Column(
    "critic's W1 / K",
    11,
    _between("calibrated_by_upper", "calibrated_by_lower"),
    "the critic's W1 in units of its own Lipschitz constant K, so that critics of any steepness compare: divided by "
    "the certified bound, it is below the exact one; divided by the steepest slope found, it says how much of it the "
    "critic knows",
)
_MODES = Column("modes", 5, _modes, "modes of the data with at least one good sample")
_QUALITY = Column("in modes", 8, _share, "share of generated samples close to a mode")
_COST = Column("ms/step", 3, _mean("cost"), "median time of one critic step in milliseconds")
_CPU = Column("CPU s", 5, _mean("cpu", 2), "processor seconds of a whole run, evaluation included")
_SEEDS = Column("seeds", 2, lambda row: row.seeds, "with a result, out of how many")
