"""Tables 2 and 5 as curves, pairs and a table: how many random architectures succeed, by threshold.

Ours and the paper's are made by different scores: they never share an axis, and each panel names its own.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

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
    rates_told,
)
from lipschitz_trainers.analyses.formula_scores import score_of
from lipschitz_trainers.analyses.wording import plural
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, OTHERS, REAL, WIDTH

NAMES = ("standard GAN", "WGAN-GP")
COLORS = (OTHERS[0], KNOWN[GP])
COLUMNS = ("only GAN", "only WGAN-GP", "both", "neither")
PAPERS_SHARE = 200
PAPERS_SCORE = "Inception score (of the paper, which does not say of how many images)"
LETTERS = 40
"""Of a line below a panel."""


def successes(overview: Overview) -> Drawing | None:
    """Draw the share of architectures that succeed by threshold, here and in the paper, and the two scores of each."""
    score = score_of(overview.study)
    pairs = pairs_of(overview.study, score)
    if score is None or not pairs:
        return None
    figure = Figure(figsize=(WIDTH, 3.9), layout="constrained")
    ours, papers, each = figure.subplots(1, 3)
    _curves(ours, {threshold: counts(pairs, threshold) for threshold in PAPER}, len(pairs))
    ours.set_title(f"this study, {plural(len(pairs), 'architecture')}", fontsize=8.5)
    ours.set_xlabel(_below("smallest", score.told), fontsize=7.5)
    if math.isfinite(score.real):
        ours.axvline(score.real, color=REAL, linestyle=(0, (5, 3)), linewidth=1.2)
    _curves(papers, PAPER, PAPERS_SHARE)
    papers.set_title(f"the paper, {PAPERS_SHARE} architectures", fontsize=8.5)
    papers.set_xlabel(_below("smallest", PAPERS_SCORE), fontsize=7.5)
    _pairs(each, pairs)
    each.set_title("this study, by architecture", fontsize=8.5)
    each.set_xlabel(_below(f"as a {NAMES[0]}:", score.told), fontsize=7.5)
    each.set_ylabel(f"with {NAMES[1]}: the same score", fontsize=7.5)
    return Drawing(
        "successes",
        "Random architectures that succeed",
        f"Left: the share whose score is above a threshold, by the {score.told}; dashed: what real images get. "
        "Middle: the same of the paper, by the Inception score. "
        + (
            ""
            if score.as_in_papers
            else "The two scores are different quantities: compare the two methods in each panel, not the panels. "
        )
        + "Right: each architecture's score by method; above the line the gradient penalty scores higher. What "
        "diverged has the score 1." + _rates(overview),
        figure,
    )


def table(overview: Overview) -> Drawing | None:
    """Draw all rows of table 5, ours and the paper's, each with its own thresholds."""
    score = score_of(overview.study)
    pairs = pairs_of(overview.study, score)
    if score is None or not pairs:
        return None
    figure = Figure(figsize=(WIDTH, 0.24 * (len(PAPER) + 5)), layout="constrained")
    left, right = figure.subplots(1, 2)
    ours = {threshold: counts(pairs, threshold) for threshold in PAPER}
    _rows(left, ours, f"this study, {plural(len(pairs), 'architecture')}, by", score.told, DARK)
    _rows(right, PAPER, f"the paper, {PAPERS_SHARE} architectures, by", PAPERS_SCORE, REAL)
    return Drawing(
        "thresholds",
        "Successes by threshold",
        f"Table 5: how many architectures score above each threshold. Left, by the {score.told}; right the paper's, by "
        "the Inception score. "
        + (
            ""
            if score.as_in_papers
            else "A threshold does not mean the same in both, and they must not be compared; compare the columns of "
            "each half."
        )
        + _rates(overview),
        figure,
    )


def _curves(axis: Axes, found: Mapping[float, Counts], total: int) -> None:
    shares = (
        [_gan(row) / total for row in found.values()],
        [_penalty(row) / total for row in found.values()],
    )
    for values, name, color in zip(shares, NAMES, COLORS, strict=True):
        axis.plot(list(found), values, color=color, linewidth=1.6, label=name)
    axis.set(ylim=(-0.02, 1.02))
    axis.set_ylabel("share of architectures", fontsize=7.5)
    axis.legend(fontsize=7, frameon=True, framealpha=1, edgecolor="none")


def _rows(axis: Axes, found: Mapping[float, Counts], title: str, score: str, color: str) -> None:
    """Draw one half of the table, headed by whose it is and by what score."""
    first = 4
    axis.set(xlim=(-0.6, 4.6), ylim=(first + len(found), 0))
    axis.axis("off")
    axis.text(2, 0.3, title, ha="center", va="center", weight="bold", fontsize=8, color=color)
    axis.text(2, 1.6, textwrap.fill(score, 62), ha="center", va="center", fontsize=7, color=color)
    for i, column in enumerate(("score above", *COLUMNS)):
        axis.text(i, first - 0.7, column, ha="center", va="center", fontsize=7, color=color)
    axis.axhline(first - 0.2, color=REAL, linewidth=0.8)
    for row, (threshold, values) in enumerate(found.items(), start=first):
        for i, text in enumerate((f"{threshold:.1f}", *map(str, values))):
            axis.text(i, row + 0.3, text, ha="center", va="center", fontsize=8, color=color)


def _below(what: str, score: str) -> str:
    return textwrap.fill(f"{what} {score}", LETTERS)


def _rates(overview: Overview) -> str:
    told = rates_told(overview.study)
    return f" {told}" if told else ""


def _pairs(axis: Axes, pairs: list[Pair]) -> None:
    scores = np.nan_to_num([[pair.gan, pair.penalty] for pair in pairs], nan=1.0)
    high = float(scores.max()) * 1.05
    axis.plot([1, high], [1, high], color=REAL, linewidth=0.8)
    axis.scatter(scores[:, 0], scores[:, 1], s=22, facecolors="none", edgecolors=COLORS[1])
    axis.set(xlim=(0.8, high), ylim=(0.8, high))
    axis.set_aspect("equal")


def _gan(row: Counts) -> int:
    return row.only_gan + row.both


def _penalty(row: Counts) -> int:
    return row.only_penalty + row.both


DRAWERS = (successes, table)
