"""Proposition 1 seen: a critic with optimally coupled segments over it, and where its gradient points."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Surface, read_samples, read_surface
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.optimal_coupling import SETS
from lipschitz_trainers.metrics.coupled_slopes import plan
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, OTHERS, REAL, WIDTH

VARIANT = "two_sided-random"
"""The paper's penalty, whose critic is drawn."""

SEGMENTS = 60
PAIRED = 500
"""Samples that are coupled for the picture."""

Array = NDArray[np.float64]


def coupled_segments(overview: Overview) -> Drawing | None:
    """Draw, for each set, segments over contours, and a histogram of cosines."""
    study = overview.study
    runs = {name: runs_of(study, f"{name}-{VARIANT}") for name in SETS}
    folders = {name: study.run_folder(found[0]) for name, found in runs.items() if found}
    seen = {name: (read_surface(folder), read_samples(folder)) for name, folder in folders.items()}
    drawn = [(name, surface, samples) for name, (surface, samples) in seen.items() if surface and samples]
    if not drawn:
        return None
    figure = Figure(figsize=(WIDTH, 4.2 * len(drawn)), layout="constrained")
    axes = figure.subplots(len(drawn), 2, squeeze=False)
    for (left, right), (name, surface, samples) in zip(axes, drawn, strict=True):
        real, fake = samples.real[:PAIRED].astype(np.float64), samples.fake[:PAIRED].astype(np.float64)
        coupled = fake[plan(torch.tensor(real), torch.tensor(fake)).numpy()]
        _segments(left, surface, real[:SEGMENTS], coupled[:SEGMENTS])
        left.set_title(name)
        bins = np.linspace(-1, 1, 41).tolist()
        for ends, label, color in ((coupled, "coupled", OTHERS[0]), (fake, "paired at random", REAL)):
            right.hist(_cosines(surface, real, ends), bins, density=True, color=color, alpha=0.6, label=label)
        right.set(xlabel="cosine between gradient and segment, at its middle", yticks=[])
        right.legend(fontsize=8, loc="upper left")
    return Drawing(
        "coupled_segments",
        "Gradients along coupled segments",
        f"The critic under {VARIANT}. Left: contours of its value, segments from generated to real samples (dots) that "
        "are coupled by the optimal plan, and at their middles the direction of the gradient (arrows), which should "
        "lie along them. Right: how often it does, on coupled segments and on random ones.",
        figure,
    )


def gradient_at(surface: Surface, points: Array) -> Array:
    """Return the gradient of a surface at points inside its grid, shape (n, 2), between the places of the grid.

    Args:
        surface: the values.
        points: shape (n, 2).
    """
    slopes = [np.asarray(s) for s in np.gradient(surface.values.astype(np.float64), surface.y, surface.x)]
    column = np.clip((points[:, 0] - surface.x[0]) / (surface.x[1] - surface.x[0]), 0, len(surface.x) - 1.001)
    row = np.clip((points[:, 1] - surface.y[0]) / (surface.y[1] - surface.y[0]), 0, len(surface.y) - 1.001)
    j, i = column.astype(int), row.astype(int)
    right, up = column - j, row - i
    return np.stack(
        [
            (1 - up) * ((1 - right) * slope[i, j] + right * slope[i, j + 1])
            + up * ((1 - right) * slope[i + 1, j] + right * slope[i + 1, j + 1])
            for slope in reversed(slopes)  # rows are y
        ],
        axis=1,
    )


def _cosines(surface: Surface, real: Array, fake: Array) -> Array:
    found, wanted = gradient_at(surface, (real + fake) / 2), real - fake
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
    return (found * wanted).sum(axis=1)[lengths > 0] / lengths[lengths > 0]


def _segments(axis: Axes, surface: Surface, real: Array, fake: Array) -> None:
    axis.contourf(surface.x, surface.y, surface.values, 14, cmap="cividis", alpha=0.75)
    for end, start in zip(real, fake, strict=True):
        axis.plot([start[0], end[0]], [start[1], end[1]], color="white", linewidth=1.0)
    axis.scatter(*real.T, s=8, color=DARK, zorder=3)
    middles = (real + fake) / 2
    arrows = gradient_at(surface, middles)
    arrows /= np.maximum(np.linalg.norm(arrows, axis=1, keepdims=True), 1e-12)
    axis.quiver(*middles.T, *arrows.T, color=DARK, scale=18, width=0.005, zorder=4)
    axis.set(aspect="equal", xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
    axis.grid(visible=False)


DRAWERS = (coupled_segments,)
