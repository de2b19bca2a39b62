"""Curves over training: what the critic estimates, and how good the samples are."""

from __future__ import annotations

import math
import textwrap

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.history import History, Series
from lipschitz_trainers.analyses.quantities import Main
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports import bands
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import DARK, REAL, WIDTH, panels, plain, wrapped

LABEL = 44
"""Letters of a line beside an axis."""


def estimates(scene: Scene) -> Drawing | None:
    """Draw the critic's W1 estimate over training, with the exact distance as dots, one panel a variant."""
    found = [
        (row, bands.binned([log.trained("w1_estimate") for log in scene.logs(row)])) for row in scene.rows
    ]
    shown = [(row, band) for row, band in found if band is not None]
    if not shown:
        return None
    figure, axes = panels(len(shown), ratio=1.05, sharex=True, sharey=True)
    lines, dots = [], []
    for axis, (row, band) in zip(axes, shown, strict=True):
        look = scene.looks[row.variant.label]
        bands.fill(axis, band, look)
        axis.plot(band.steps, band.mean, color=look.color, linewidth=1.6)
        lines.append(band.mean)
        for log in scene.logs(row):
            exact = log.evaluated("w1")
            axis.plot(
                exact.steps, exact.values, "o", color=DARK, markersize=3.5, markeredgewidth=0, alpha=0.6
            )
            dots.append(exact.values)
        axis.set_title(wrapped(row.variant.label), color=look.ink)
    bands.value_axis(axes[0], np.concatenate(lines + dots), factor=30)
    bands.step_axis(axes)
    figure.supylabel("W1", fontsize=9)
    figure.supxlabel("generator steps", fontsize=9)
    caption = "Line: the critic's own estimate of W1, mean over seeds; band: lowest to highest seed. "
    if any(len(values) for values in dots):
        caption += (
            "Dots: the exact W1 of held-out real and generated samples. The line should run through the "
            "dots: far below them the critic is held too flat or not yet trained, above them it is steeper "
            "than 1."
        )
    return Drawing("estimates", "What the critic estimates while it trains", caption + scene.left_out, figure)


def progress(scene: Scene) -> Drawing | None:
    """Draw the main metric over training, all variants in one panel, beside what real data reach."""
    main = scene.ranking.main
    if main is None:
        return None
    found = [(row, bands.exact([_judged(log, main) for log in scene.logs(row)])) for row in scene.rows]
    shown = [(row, band) for row, band in found if band is not None]
    if not shown:
        return None
    figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
    axis = figure.subplots()
    for row, band in shown:
        look = scene.looks[row.variant.label]
        bands.fill(axis, band, look)
        axis.plot(
            band.steps,
            band.mean,
            look.dashes,
            color=look.color,
            marker=look.marker,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.7,
            linewidth=1.6,
            label=plain(row.variant.label),
        )
    floor = summary([row.floor for row, _ in shown]).mean
    if math.isfinite(floor):
        real = main.floor_title or ("real against real" if main.lower_is_better else "real data")
        axis.axhline(
            floor, color=REAL, linestyle=(0, (5, 3)), linewidth=1.2, label=f"{real}: {number(floor)}"
        )
    if not main.bounded:
        bands.value_axis(
            axis, np.concatenate([band.mean for _, band in shown] + [np.array([floor])]), factor=8
        )
    bands.step_axis([axis])
    axis.set_xlabel("generator steps" if not scene.critic_only else "rounds of critic steps")
    # What made a score may be long; the axis is not.
    axis.set_ylabel("\n".join(textwrap.wrap(f"{main.title} ({main.better} is better)", LABEL)))
    figure.legend(loc="outside right upper", fontsize=8.5)
    return Drawing(
        "progress",
        f"How {main.title} develops",
        f"Mean over seeds with the lowest and highest seed as a band. The dashed line: {main.floor_help}."
        + scene.left_out,
        figure,
    )


def _judged(log: History, main: Main) -> Series:
    found = log.evaluated(main.key)
    return Series(found.steps, np.abs(found.values)) if main.absolute else found
