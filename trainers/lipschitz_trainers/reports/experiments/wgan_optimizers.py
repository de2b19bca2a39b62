"""How far generators stay from the data under clipping, by the critic's optimizer, and where its updates point."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.wgan_optimizers import (
    FIVE,
    HUNDRED,
    ONE,
    WITH,
    WITHOUT,
    late_w1,
    negative_share,
)
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import OTHERS, REAL, WIDTH

COLORS = {
    "rmsprop": REAL,
    "adam_0": OTHERS[3],
    "adam_0.5": OTHERS[2],
    "adam_0.9": OTHERS[4],
}
"""By optimizer and momentum, at either rate."""

SHAPES = {ONE: "o", FIVE: "s", HUNDRED: "D"}
NAMES = {ONE: "1 critic step", FIVE: "5 critic steps", HUNDRED: "100 critic steps"}


def stability(overview: Overview) -> Drawing | None:
    """Draw distances over training with one critic step, and all variants by their updates."""
    study = overview.study
    variants = [variant for variant in (*WITHOUT, *WITH) if runs_of(study, variant)]
    if not variants:
        return None
    figure = Figure(figsize=(WIDTH, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for variant in variants:
        optimizer, steps = variant.split("-")
        fast = optimizer.endswith("_fast")
        color = COLORS[optimizer.removesuffix("_fast")]
        if steps == ONE:
            found = read_history(study.run_folder(runs_of(study, variant)[0]), only=()).evaluated("w1")
            left.plot(
                found.steps,
                _smooth(found.values),
                color=color,
                linestyle="-" if fast else ":",
                linewidth=1.4,
                label=optimizer.replace("_", " "),
            )
        right.scatter(
            [100 * share for share in negative_share(study, variant)],
            late_w1(study, variant),
            marker=SHAPES[steps],
            facecolors=color if fast else "none",
            edgecolors=color,
        )
    for steps, sign in SHAPES.items():
        right.scatter([], [], marker=sign, facecolors="none", edgecolors=REAL, label=NAMES[steps])
    left.set(title="one critic step", xlabel="generator iteration", ylabel="W1 to the data", yscale="log")
    left.legend(fontsize=7, ncols=2)
    right.set(
        title="all variants",
        xlabel="critic updates against their gradient, %",
        ylabel="W1 to the data, mean of the second half",
    )
    right.legend(fontsize=7)
    return Drawing(
        "stability",
        "Clipping by the critic's optimizer",
        "Left: distance of generated to real samples, means over five evaluations, first seed; dotted at the paper's "
        "rate, solid at 20 times that. The number is Adam's momentum. Right: every run, filled at the high rate; the "
        "further up, the worse the generator; the further right, the more often the critic's step pointed uphill.",
        figure,
    )


def _smooth(values: np.ndarray, width: int = 5) -> np.ndarray:
    """Return means over the last `width` values, fewer at the start."""
    sums = np.cumsum(np.concatenate([np.zeros(1), values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


DRAWERS = (stability,)
