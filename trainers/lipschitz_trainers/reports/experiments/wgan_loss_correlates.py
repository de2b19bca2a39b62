"""Figures 3 and 4 of WGAN: estimates over training, here beside the exact distance of the samples."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments.wgan_loss_correlates import (
    CRITICS,
    DISCRIMINATORS,
    FAST,
    courses,
)
from lipschitz_trainers.analyses.history import Array
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, OTHERS, REAL, WIDTH

TITLES = {"mlp": "MLP generator", "conv": "convolutional generator", "fast": "rates far too high"}
COLORS = {**KNOWN, "gan": OTHERS[0], "gan_5_critic_steps": OTHERS[2]}


def critics(overview: Overview) -> Drawing | None:
    """Draw figure 3: critics' estimates of W1."""
    figure = _figure(overview.study, CRITICS, FAST[0], "estimate of W1")
    return figure and Drawing(
        "losses_of_critics",
        "Losses of critics beside the quality of samples",
        "Upper row: the negative critic loss, median filtered, each curve divided by its largest value, since clipping "
        "knows W1 only up to a constant. Lower row: exact W1 between generated and held-out samples. With a loss that "
        "means something, the two rows look alike. First run of each variant.",
        figure,
    )


def discriminators(overview: Overview) -> Drawing | None:
    """Draw figure 4: discriminators' estimates of Jensen-Shannon."""
    figure = _figure(overview.study, DISCRIMINATORS, FAST[1], "estimate of Jensen-Shannon")
    return figure and Drawing(
        "losses_of_discriminators",
        "Losses of discriminators beside the quality of samples",
        "As above for standard GANs: upper row, the lower bound of the Jensen-Shannon divergence, median filtered; "
        "dashed, its largest possible value, log 2. Lower row: exact W1.",
        figure,
    )


def _figure(study: Study, methods: tuple[str, ...], fast: str, label: str) -> Figure | None:
    columns = {
        title: [
            (method, found[0])
            for method in ((fast.removeprefix("fast-"),) if name == "fast" else methods)
            if (found := courses(study, f"{name}-{method}"))
        ]
        for name, title in TITLES.items()
    }
    if not any(columns.values()):
        return None
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    axes = figure.subplots(2, len(columns), sharex="col", squeeze=False)
    # What fails is far off the rest, and would flatten it on a common axis.
    for row in axes:
        for axis, name in zip(row[1:], list(TITLES)[1:], strict=True):
            if name != "fast":
                axis.sharey(row[0])
    relative = methods == CRITICS
    for (upper, lower), (title, drawn) in zip(axes.T, columns.items(), strict=True):
        for method, course in drawn:
            scale = max(course.estimate.values, default=1.0) if relative else 1.0
            _line(upper, course.estimate.steps, course.estimate.values / scale, method)
            _line(lower, course.w1.steps, course.w1.values, method)
        if relative:
            upper.set_ylim(top=1.05)
        else:
            upper.axhline(math.log(2), color=REAL, linestyle=(0, (5, 3)), linewidth=1)
        upper.set_title(title)
        lower.set_xlabel("generator iteration")
    axes[0, 0].set_ylabel(f"{label}{', relative' if relative else ''}")
    axes[1, 0].set_ylabel("exact W1")
    handles = {line.get_label(): line for axis in axes.flat for line in axis.get_lines()}
    figure.legend(
        [handles[method] for method in methods if method in handles],
        [method for method in methods if method in handles],
        loc="outside lower center",
        ncols=2,
        fontsize=8,
    )
    for axis in axes.flat:
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    return figure


def _line(axis: Axes, steps: Array, values: Array, method: str) -> None:
    axis.plot(steps, values, color=COLORS[method], linewidth=1.5, label=method)


DRAWERS = (critics, discriminators)
