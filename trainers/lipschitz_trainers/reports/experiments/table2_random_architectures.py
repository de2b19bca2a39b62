"""Tables 2 and 5 as curves, pairs and a table: how many random architectures succeed, by threshold."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments.table2_random_architectures import (
    GP,
    PAPER,
    Counts,
    Pair,
    counts,
    pairs_of,
    score_title,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, OTHERS, REAL, WIDTH

NAMES = ("standard GAN", "WGAN-GP")
COLORS = (OTHERS[0], KNOWN[GP])
COLUMNS = ("only GAN", "only WGAN-GP", "both", "neither")
PAPERS_SHARE = 200


def successes(overview: Overview) -> Drawing | None:
    """Draw the share of architectures that succeed by threshold, and the two scores of each."""
    pairs = pairs_of(overview.study)
    if not pairs:
        return None
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _curves(left, pairs)
    _pairs(right, pairs)
    return Drawing(
        "successes",
        "Random architectures that succeed",
        f"Left: the share whose score is above a threshold; ours by the {score_title(overview.study)}, dotted the "
        "paper's by the Inception score on 200 architectures, another quantity on the same axis: compare the two "
        "methods, not ours with the paper's. Right: each architecture's score by method; above the line the gradient "
        "penalty scores higher. What diverged has the score 1.",
        figure,
    )


def table(overview: Overview) -> Drawing | None:
    """Draw all rows of table 5, ours beside the paper's."""
    pairs = pairs_of(overview.study)
    if not pairs:
        return None
    figure = Figure(figsize=(WIDTH, 0.24 * (len(PAPER) + 3)), layout="constrained")
    axis = figure.subplots()
    axis.set(xlim=(-0.1, 7.8), ylim=(len(PAPER) + 2, 0))
    axis.axis("off")
    places = [1.1 + 0.88 * i for i in range(9)]
    for side, title, color in ((0, f"ours, of {len(pairs)}", DARK), (4, "paper, of 200", REAL)):
        axis.text(
            places[side] + 1.3, 0.4, title, ha="center", va="center", weight="bold", fontsize=8, color=color
        )
        for i, column in enumerate(COLUMNS):
            axis.text(places[side + i], 1.3, column, ha="center", va="center", fontsize=7, color=color)
    axis.text(0.3, 1.3, "threshold", ha="center", va="center", fontsize=7)
    axis.axhline(1.8, color=REAL, linewidth=0.8)
    for row, (threshold, paper) in enumerate(PAPER.items(), start=2):
        axis.text(0.3, row + 0.3, f"{threshold:.1f}", ha="center", va="center", fontsize=8)
        for side, found, color in ((0, counts(pairs, threshold), DARK), (4, paper, REAL)):
            for i, value in enumerate(found):
                axis.text(
                    places[side + i], row + 0.3, str(value), ha="center", va="center", fontsize=8, color=color
                )
    return Drawing(
        "thresholds",
        "Successes by threshold",
        f"Table 5. Ours by the {score_title(overview.study)}, the paper's by the Inception score: a threshold does not "
        "mean the same in both, and they must not be compared; compare the columns of each half.",
        figure,
    )


def _curves(axis: Axes, pairs: list[Pair]) -> None:
    ours = {threshold: counts(pairs, threshold) for threshold in PAPER}
    for found, total, style in ((ours, len(pairs), "-"), (PAPER, PAPERS_SHARE, ":")):
        rows = list(found.values())
        shares = ([_gan(row) / total for row in rows], [_penalty(row) / total for row in rows])
        for values, name, color in zip(shares, NAMES, COLORS, strict=True):
            label = f"{name}, {'ours' if style == '-' else 'paper'}"
            axis.plot(list(PAPER), values, style, color=color, linewidth=1.6, label=label)
    axis.set(xlabel="smallest score", ylabel="share of architectures", ylim=(-0.02, 1.02))
    axis.legend(fontsize=7)


def _pairs(axis: Axes, pairs: list[Pair]) -> None:
    scores = np.nan_to_num([[pair.gan, pair.penalty] for pair in pairs], nan=1.0)
    high = float(scores.max()) * 1.05
    axis.plot([1, high], [1, high], color=REAL, linewidth=0.8)
    axis.scatter(scores[:, 0], scores[:, 1], s=22, facecolors="none", edgecolors=COLORS[1])
    axis.set(
        xlabel=f"score as a {NAMES[0]}", ylabel=f"score with {NAMES[1]}", xlim=(0.8, high), ylim=(0.8, high)
    )
    axis.set_aspect("equal")


def _gan(row: Counts) -> int:
    return row.only_gan + row.both


def _penalty(row: Counts) -> int:
    return row.only_penalty + row.both


DRAWERS = (successes, table)
