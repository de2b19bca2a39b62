"""The leaderboard as a picture: a row a variant, a column a pair, cosines in color."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.leaderboard import PRIOR, Board, boards, by_mean, cosine_text, titled
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import WIDTH

FEW = 12
"""More pairs than this are drawn smaller."""

PUBLISHED, RADIAL, LINEAR = "best published", "floor: -|x|", "floor: best linear critic"

CURVES = (
    "One line a seed, the eight best of each pair. Dashed: the best published result on the pair. Dotted and "
    "dash-dotted: what knows nothing, -|x| and the best linear critic."
)
"""Caption of the curves."""


def leaderboard(overview: Overview) -> Drawing | None:
    """Draw the mean cosine of every variant on every pair."""
    found = boards(overview.study)
    if not found:
        return None
    labels = by_mean(found)
    compared = {
        PUBLISHED: [board.best_published[1] for board in found],
        RADIAL: [board.floor for board in found],
        LINEAR: [board.linear_floor for board in found],
    }
    extra = {name: row for name, row in compared.items() if not all(map(math.isnan, row))}
    values = np.array([*([board.cosine(label) for board in found] for label in labels), *extra.values()])
    spreads = [[_spread(board, label) for board in found] for label in labels] + [
        [math.nan] * len(found)
    ] * len(extra)
    names = [*map(titled, labels), *extra]
    figure = Figure(
        figsize=(min(WIDTH, 3.2 + 0.75 * len(found)), 1.0 + 0.24 * len(names)), layout="constrained"
    )
    axis = figure.subplots()
    axis.imshow(np.nan_to_num(values, nan=0.0), cmap="YlGnBu", vmin=0, vmax=1, aspect="auto")
    size = 8 if len(found) <= 12 else 5
    for (i, j), value in np.ndenumerate(values):
        text = cosine_text(value)
        if math.isfinite(spreads[i][j]) and len(found) <= 10:
            text += f" ±{cosine_text(spreads[i][j])}"
        axis.text(
            j, i, text, ha="center", va="center", fontsize=size, color="white" if value > 0.6 else "#222222"
        )
    axis.set_xticks(range(len(found)), [board.title.replace(" ", "\n") for board in found], fontsize=size)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.tick_params(length=0)
    axis.xaxis.tick_top()
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    generic = sum(label not in PRIOR for label in labels)
    for above in {generic, len(labels)} - {0}:
        axis.axhline(above - 0.5, color="white", linewidth=3)
    return Drawing(
        "leaderboard",
        "Leaderboard",
        "Mean cosine between the critic's gradient and the optimal critic's, at 4,096 fresh points of the data's side, "
        "± standard deviation over seeds; 1 is best. Sorted by the mean over the pairs, networks that were told the "
        "shape of the answer (prior) after the others. Columns: dimension, and number of funnels or family. Below: the "
        "best published result on the pair, and what knows nothing: -|x|, and the best linear critic.",
        figure,
    )


def curves(overview: Overview) -> Drawing | None:
    """Draw cosines over training, so that one sees whether they still rise."""
    study = overview.study
    found = boards(study)
    if not found:
        return None
    columns = min(3 if len(found) <= FEW else 4, len(found))
    rows = math.ceil(len(found) / columns)
    figure = Figure(figsize=(WIDTH, 0.6 + (2.3 if len(found) <= FEW else 1.7) * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    shown = set[str]()
    for axis, board in zip(axes, found, strict=False):
        for row in board.ranking.ranked[:8]:
            look = overview.looks[row.variant.label]
            logs = [
                read_history(study.run_folder(run), only=()).evaluated("cosine") for run in row.variant.done
            ]
            for i, log in enumerate(logs):
                label = row.variant.label if i == 0 and row.variant.label not in shown else None
                shown.add(row.variant.label)
                axis.plot(
                    log.steps,
                    log.values,
                    look.dashes,
                    color=look.color,
                    marker=look.marker,
                    markersize=3,
                    linewidth=1.2,
                    label=label,
                )
        for floor, dashes in ((board.floor, ":"), (board.linear_floor, "-.")):
            if math.isfinite(floor):
                axis.axhline(floor, color="#888888", linewidth=0.8, linestyle=dashes)
        if board.published:
            axis.axhline(board.best_published[1], color="#222222", linewidth=0.8, linestyle="--")
        axis.set(title=board.title, ylim=(min(0.0, axis.get_ylim()[0]), 1.03))
    for axis in axes[len(found) :]:
        axis.set_axis_off()
    for axis in axes[max(0, len(found) - columns) : len(found)]:
        axis.set_xlabel("critic steps")
    for axis in axes[: len(found) : columns]:
        axis.set_ylabel("cosine")
    figure.legend(loc="outside lower center", ncols=4, fontsize=8)
    return Drawing("cosines", "Cosines over training", CURVES, figure)


DRAWERS = (leaderboard, curves)


def _spread(board: Board, label: str) -> float:
    row = board.row(label)
    return math.nan if row is None else row.main.std
