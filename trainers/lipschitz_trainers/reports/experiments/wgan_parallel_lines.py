"""Figure 1 of WGAN: divergences between parallel lines over their distance, by closed form and by networks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments.wgan_parallel_lines import (
    CLIPPING,
    CRITICS,
    DISCRIMINATOR,
    METHODS,
    by_theta,
)
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, OTHERS, WIDTH

COLORS = {**KNOWN, DISCRIMINATOR: OTHERS[0]}
SIGNS = {CRITICS[0]: "x", CRITICS[1]: "+", CLIPPING: "v", DISCRIMINATOR: "o"}


def divergences(overview: Overview) -> Drawing | None:
    """Draw the distance, the two bounded divergences and the unbounded one, and the gradients a generator gets."""
    study = overview.study
    if not any(any(by_theta(study, method, "critic_w1").values()) for method in METHODS):
        return None
    figure = Figure(figsize=(WIDTH, 6.0), layout="constrained")
    left, middle, low, right = figure.subplots(2, 2).flat
    theta = np.linspace(-1, 1, 201)

    left.plot(theta, np.abs(theta), color=DARK, linewidth=1.0, label="closed form")
    for method in CRITICS:
        _points(left, study, method, "critic_w1", method)
    scale = _at_one(study, CLIPPING)
    if math.isfinite(scale):
        _points(left, study, CLIPPING, "critic_w1", f"{CLIPPING} / {scale:.2g}", 1 / scale)
    left.set(title="Wasserstein-1 distance", xlabel="theta")
    left.legend(fontsize=7)

    for top, key, name in ((math.log(2), "jensen_shannon", "JS"), (1.0, "total_variation", "TV")):
        dashes = "-" if name == "JS" else "--"
        for end in (-1, 1):
            middle.plot([end, 0], [top, top], color=DARK, linewidth=1.0, linestyle=dashes)
        middle.plot([0], [0], ".", color=DARK)
        sign = "o" if name == "JS" else "s"
        _points(middle, study, DISCRIMINATOR, key, f"{name}, discriminator", sign=sign)
    middle.set(title="Jensen-Shannon, total variation", xlabel="theta", ylim=(-0.05, 1.1))
    middle.legend(fontsize=7, loc="center right")
    _unbounded(low, study)

    for end in (-1, 1):
        right.plot([end, 0], [end, end], color=DARK, linewidth=1.0)
    for method in CRITICS:
        _points(right, study, method, "translation_gradient_1", f"W1, {method}")
    _points(right, study, DISCRIMINATOR, "jensen_shannon_gradient_1", "JS, discriminator")
    right.set(title="gradient by theta", xlabel="theta")
    right.legend(fontsize=7, loc="upper left")  # where nothing can be: left of 0 above 0
    return Drawing(
        "divergences",
        "Divergences between two parallel lines",
        "Lines are closed forms, signs what networks found. Above: only the Wasserstein distance (left) grows with the "
        "distance theta between the lines; under clipping it is known up to a constant, here divided out. The "
        "divergences that discriminators see jump at 0 (right). Below: the Kullback-Leibler divergence is infinite "
        "but at 0, and discriminators bound it from below, the longer trained the higher (left); what a generator "
        "would learn from each (right).",
        figure,
    )


def _unbounded(axis: Axes, study: Study) -> None:
    """Draw the lower bounds of the Kullback-Leibler divergence; its closed form is 0 at 0, and beyond the axis else."""
    _points(axis, study, DISCRIMINATOR, "kullback_leibler", "KL, lower bound by the discriminator")
    found = [value for some in by_theta(study, DISCRIMINATOR, "kullback_leibler").values() for value in some]
    largest = max((value for value in found if math.isfinite(value)), default=1.0)
    for theta in (-0.75, -0.25, 0.25, 0.75):
        axis.annotate(
            "",
            (theta, 1.35 * largest),
            (theta, 1.15 * largest),
            arrowprops={"arrowstyle": "->", "color": DARK},
        )
    axis.plot([0], [0], ".", color=DARK, label="closed form: 0 at 0, else infinite (arrows)")
    axis.set(title="Kullback-Leibler, in nats", xlabel="theta", ylim=(-0.07 * largest, 1.4 * largest))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(0.0, 0.3))


def _points(
    axis: Axes, study: Study, method: str, key: str, label: str, factor: float = 1.0, sign: str | None = None
) -> None:
    found = [
        (theta, value * factor) for theta, values in by_theta(study, method, key).items() for value in values
    ]
    axis.plot(
        *_columns(found),
        sign or SIGNS[method],
        color=COLORS[method],
        markersize=6,
        markerfacecolor="none",
        label=label,
    )


def _columns(found: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in found], [y for _, y in found]


def _at_one(study: Study, method: str) -> float:
    """Return what a method estimates where the lines are at distance 1, NaN without a run."""
    found = by_theta(study, method, "critic_w1")
    values = [*found[-1.0], *found[1.0]]
    return float(np.mean(values)) if values else math.nan


DRAWERS = (divergences,)
