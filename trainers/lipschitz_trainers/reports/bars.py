"""Bars: how steep the critics are, and what a critic step costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lipschitz_trainers.analyses.quantities import QUANTITIES, Quantity
from lipschitz_trainers.analyses.ranking import Row
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import DARK, WIDTH, plain

PLACES = {
    "slope_real": "at real samples",
    "slope_fake": "at generated samples",
    "slope_line": "on lines in between",
}
TARGET = 1.0


def slopes(scene: Scene) -> Drawing | None:
    """Draw the critics' mean gradient norms, with the target at 1."""
    rows = [row for row in scene.rows if any(row.numbers[name].n for name in PLACES)]
    if not rows:
        return None
    means = np.array([[row.numbers[name].mean for name in PLACES] for row in rows])
    logarithmic = _needs_log(means)
    figure = Figure(figsize=(WIDTH, 1.15 + 0.36 * len(rows)), layout="constrained")
    axes = figure.subplots(1, len(PLACES), sharex=True, sharey=True, squeeze=False)[0]
    for axis, (name, where), column in zip(axes, PLACES.items(), means.T, strict=True):
        if logarithmic:
            axis.set_xscale("log")
        _bars(
            axis, scene, rows, QUANTITIES[name], column, start=TARGET if logarithmic else 0.0, clear_of=TARGET
        )
        axis.axvline(TARGET, color=DARK, linewidth=1.2, linestyle=(0, (4, 2)))
        axis.set_title(where, fontsize=9)
    _limits(axes[0], means, logarithmic)
    axes[1].set_xlabel(
        "mean gradient norm" + (" (log scale, bars start at the target 1)" if logarithmic else "")
    )
    return Drawing(
        "slopes",
        "How steep the critic is",
        "Mean norm of the critic's gradient with respect to its input, mean over seeds; dots are single "
        "seeds, the dashed line is the target 1. The gradient a generator learns from is this strong: far "
        "below 1 it vanishes, above 1 the critic is not 1-Lipschitz. A one-sided penalty allows slopes "
        "below 1." + scene.left_out,
        figure,
    )


def cost(scene: Scene) -> Drawing | None:
    """Draw the median time of a critic step."""
    rows = [row for row in scene.rows if row.numbers["cost"].n]
    if not rows:
        return None
    means = np.array([row.numbers["cost"].mean for row in rows])
    figure = Figure(figsize=(WIDTH, 0.8 + 0.34 * len(rows)), layout="constrained")
    axis = figure.subplots()
    _bars(axis, scene, rows, QUANTITIES["cost"], means, start=0.0)
    axis.set_xlim(0, 1.14 * float(means.max()))
    axis.set_xlabel("milliseconds a critic step (median)")
    return Drawing(
        "cost",
        "What a critic step costs",
        "Time of one critic step, penalty and projection included, mean over seeds of the median. "
        "Times depend on the machine and on what else ran on it; compare them with each other only."
        + scene.left_out,
        figure,
    )


def _bars(
    axis: Axes,
    scene: Scene,
    rows: Sequence[Row],
    quantity: Quantity,
    means: np.ndarray,
    *,
    start: float,
    clear_of: float = 0.0,
) -> None:
    places = np.arange(len(rows))
    for place, row, mean in zip(places, rows, means, strict=True):
        if not math.isfinite(mean):
            continue
        color = scene.looks[row.variant.label].color
        axis.barh(place, mean - start, left=start, height=0.62, color=color, alpha=0.85)
        seeds = np.array([quantity.of(run) for run in row.variant.done])
        if len(seeds) > 1:
            axis.plot(
                seeds,
                np.full(len(seeds), place),
                "o",
                color="white",
                markeredgecolor=DARK,
                markersize=3,
                markeredgewidth=0.6,
            )
        furthest = max([mean, start, clear_of, *seeds[np.isfinite(seeds)]])
        axis.annotate(
            number(mean), (furthest, place), (5, 0), textcoords="offset points", va="center", fontsize=8.5
        )
    axis.set_yticks(places, [plain(row.variant.label) for row in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0, labelcolor=DARK)


def _needs_log(means: np.ndarray) -> bool:
    """Whether some slope is so far from 1 that a linear axis would not show it."""
    sizes = means[np.isfinite(means) & (means > 0)]
    return bool(len(sizes)) and (float(sizes.min()) < 0.05 or float(sizes.max()) > 20)


def _limits(axis: Axes, means: np.ndarray, logarithmic: bool) -> None:
    """Leave room for the numbers to the right of the bars."""
    sizes = means[np.isfinite(means)]
    if not logarithmic:
        axis.set_xlim(0, 1.35 * max(TARGET, float(sizes.max())))
        return
    low, high = min(TARGET, float(sizes[sizes > 0].min())), max(TARGET, float(sizes.max()))
    decades = math.log10(high / low)
    axis.set_xlim(low / 2.5, high * 10 ** (0.3 * decades + 0.2))
    axis.xaxis.set_major_locator(LogLocator(numticks=4))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
