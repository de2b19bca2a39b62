"""Critics of f-GANs between two Gaussians, beside the optimal ones."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Profile
from lipschitz_trainers.analyses.experiments.loss_sensitive_and_energy_gans import (
    F_GANS,
    LOWER,
    OBJECTIVES,
    PENALIZED,
    SETS,
    line,
    profiles,
    training,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, OTHERS, REAL, WIDTH, panels
from lipschitz_trainers.truth.f_divergences import DIVERGENCES, DivergenceName

REACH = 3.0
"""Standard deviations around the two means that are drawn."""


GROUPS = {
    **{name: f"{name}, no constraint" for name in SETS},
    PENALIZED: "eight_gaussians, gradient penalty",
}
"""What the variants on the toy sets are called, by the beginning of their names."""


def optimal_critics(overview: Overview) -> Drawing | None:
    """Draw T = g(v) of every divergence's critics over f'(p / q)."""
    found: dict[DivergenceName, list[Profile]] = {
        name: curves for name in F_GANS if (curves := profiles(overview.study, name))
    }
    if not found:
        return None
    figure, axes = panels(len(found), ratio=0.85, sharex=True)
    gaussians = line()
    low, high = (edge(gaussians.real_mean, gaussians.fake_mean) for edge in (min, max))
    x = np.linspace(low - REACH * gaussians.real_std, high + REACH * gaussians.real_std, 401)
    for axis, (name, curves) in zip(axes, found.items(), strict=True):
        divergence = DIVERGENCES[name]
        best = divergence.derivative_at_log(gaussians.log_ratio(torch.from_numpy(x))).numpy()
        axis.plot(x, best, color=DARK, linewidth=1.0, label="f'(p / q)")
        for curve in curves:
            values = divergence.activation(torch.from_numpy(curve.values.astype(float))).numpy()
            axis.plot(curve.x, values, "--", color=OTHERS[1], linewidth=1.6)
        axis.lines[-1].set_label("critic")
        margin = 0.1 * (best.max() - best.min())
        axis.set(title=name, xlabel="x", xlim=(x[0], x[-1]), ylim=(best.min() - margin, best.max() + margin))
        _densities(axis, x, gaussians.real_mean, gaussians.fake_mean, gaussians.real_std)
    axes[0].legend(fontsize=7)
    return Drawing(
        "optimal_critics",
        "Critics of f-GANs and the optimal ones",
        "T = g(v) of the critic's score v, for each divergence; shaded, the densities of real (gray) and generated "
        "(black) samples, without scale. Outside them critics have seen no samples.",
        figure,
    )


def distances(overview: Overview) -> Drawing | None:
    """Draw how far each objective's generator is from the data, with and without a penalty."""
    groups = {
        (group, name): [*found.shares, *(math.nan for _ in found.failures)]
        for group in GROUPS
        for name in OBJECTIVES
        if (found := training(overview.study, group, name)).shares or found.failures
    }
    if not groups:
        return None
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    axis = figure.subplots()
    for (group, label), marker, color in zip(GROUPS.items(), "osD", OTHERS, strict=False):
        shares = [
            (row, value) for row, name in enumerate(OBJECTIVES) for value in groups.get((group, name), ())
        ]
        axis.plot(
            [value for _, value in shares],
            [row for row, _ in shares],
            marker,
            color=color,
            markersize=6,
            markerfacecolor="none",
            label=label,
        )
        for row in (row for row, value in shares if math.isnan(value)):
            axis.annotate(
                f"broke off: {group}",
                (1.01, row),
                xycoords=("axes fraction", "data"),
                ha="left",
                va="center",
                fontsize=7,
                color=color,
            )
    axis.axvline(LOWER, color=DARK, linewidth=0.8, linestyle=":")
    axis.axvline(1, color=DARK, linewidth=0.8)
    axis.set_yticks(range(len(OBJECTIVES)), OBJECTIVES)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel="W1 to the data, as a share of the untrained generator's")
    axis.legend(fontsize=7)
    return Drawing(
        "distances",
        "Which objectives train",
        "Exact W1 between generated and real samples, logarithmic. Right of the solid line a generator is farther from "
        "the data than before training; left of the dotted one it counts as trained.",
        figure,
    )


def _densities(axis: Axes, x: NDArray[np.float64], real: float, fake: float, std: float) -> None:
    bottom, top = axis.get_ylim()
    for mean, color in ((real, REAL), (fake, DARK)):
        height = np.exp(-(((x - mean) / std) ** 2) / 2)
        if math.isfinite(top - bottom):
            axis.fill_between(
                x, bottom, bottom + 0.3 * (top - bottom) * height, color=color, alpha=0.2, linewidth=0
            )


DRAWERS = (optimal_critics, distances)
