"""Data in the plane: the critic as a landscape, and generated samples over real ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Samples, Surface, read_samples, read_surface
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import REAL, Look, panels, wrapped

Points = NDArray[np.float32]
SHOWN = 1000
"""At most so many points of a kind are drawn."""
LEVELS = 14


def surfaces(scene: Scene) -> Drawing | None:
    """Draw the value surface of every variant's critic as contours, with real samples."""
    found = list(scene.first_artifacts(read_surface))
    if not found:
        return None
    samples = {row.variant.name: samples for row, samples in scene.first_artifacts(read_samples)}
    figure, axes = panels(len(found), ratio=1.3, layout="compressed", sharex=True, sharey=True)
    for axis, (row, surface) in zip(axes, found, strict=True):
        _contours(axis, surface)
        if (drawn := samples.get(row.variant.name)) is not None and drawn.real.shape[1:] == (2,):
            axis.scatter(
                *_some(drawn.real, 400).T, s=3.0, color="white", edgecolors="#00000090", linewidths=0.3
            )
        axis.set(aspect="equal", xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
        axis.grid(visible=False)
        axis.set_title(wrapped(row.variant.label), color=scene.looks[row.variant.label].ink)
        axis.set_xlabel(_range(surface.values), fontsize=8)
    return Drawing(
        "surfaces",
        "What the critic has learned",
        "Contours of the critic's value, yellow high and blue low, each panel on its own scale (given below "
        "it); dots are real samples, which should lie high. Look for ridges that follow the data: a critic "
        "that is held too flat shows smooth slopes that ignore its shape." + scene.left_out,
        figure,
    )


def scatters(scene: Scene) -> Drawing | None:
    """Draw generated samples over real ones, one panel a variant."""
    found = [(row, samples) for row, samples in scene.first_artifacts(read_samples) if samples.are_points]
    if not found or scene.critic_only:
        return None
    window = window_of(found[0][1].real)
    figure, axes = panels(len(found), ratio=1.3, layout="compressed", sharex=True, sharey=True)
    for axis, (row, samples) in zip(axes, found, strict=True):
        look = scene.looks[row.variant.label]
        draw_points(axis, samples, look, window)
        axis.set_title(wrapped(row.variant.label), color=look.ink)
    first_two = " (first two coordinates)" if found[0][1].real.shape[1] > 2 else ""
    return Drawing(
        "samples",
        "What the generator has learned",
        f"Generated samples in color over real ones in gray{first_two}, first seed. Look for gray that is "
        "not covered (missed data), and for color where there is no gray (invented data)." + scene.left_out,
        figure,
    )


def _contours(axis: Axes, surface: Surface) -> None:
    values = np.ma.masked_invalid(surface.values)
    if values.count() == 0 or float(np.ptp(values)) <= 1e-6 * float(np.abs(values).max()):
        words = "not finite" if values.count() == 0 else "flat"
        axis.text(0.5, 0.5, words, transform=axis.transAxes, ha="center", va="center", color=REAL)
        return
    levels = np.linspace(float(values.min()), float(values.max()), LEVELS)
    axis.contourf(surface.x, surface.y, values, levels, cmap="cividis")
    axis.contour(surface.x, surface.y, values, levels, colors="black", linewidths=0.35, alpha=0.45)


def _range(values: Points) -> str:
    finite = values[np.isfinite(values)]
    return f"{number(float(finite.min()), 2)} to {number(float(finite.max()), 2)}" if len(finite) else ""


def draw_points(axis: Axes, samples: Samples, look: Look, window: Points) -> None:
    """Draw generated over real points; on the line, histograms of both.

    Args:
        axis: empty.
        samples: points.
        look: of the generated ones.
        window: what is shown, as `window_of` returns it; what lies outside is counted below.
    """
    if samples.real.shape[1] == 1:
        bins = np.linspace(float(window[0, 0]), float(window[0, 1]), 50).tolist()
        # Shares of all samples: `density` would divide by those in the window, of which there may be none.
        real, fake = (
            np.full(len(x), 1 / (len(x) * (bins[1] - bins[0]))) for x in (samples.real, samples.fake)
        )
        axis.hist(samples.real[:, 0], bins, color=REAL, alpha=0.45, weights=real)
        axis.hist(samples.fake[:, 0], bins, color=look.color, histtype="step", linewidth=1.6, weights=fake)
        return
    axis.scatter(*_some(samples.real, SHOWN)[:, :2].T, s=5, color="#b5b5b5", linewidths=0)
    axis.scatter(*_some(samples.fake, SHOWN)[:, :2].T, s=5, color=look.color, linewidths=0, alpha=0.7)
    axis.set(aspect="equal", xlim=window[0], ylim=window[1])
    inside = ((samples.fake >= window[:, 0]) & (samples.fake <= window[:, 1]))[:, :2].all(axis=1)
    if (outside := 1 - inside.mean()) >= 0.005:
        axis.set_xlabel(f"{outside:.0%} of the samples lie outside", fontsize=8)


def window_of(real: Points) -> Points:
    """Return where the real samples lie, with a margin; shape (dimension, 2)."""
    low, high = real.min(axis=0), real.max(axis=0)
    margin = 0.2 * (high - low) + 1e-6
    return np.stack([low - margin, high + margin], axis=1).astype(np.float32)


def _some(points: Points, count: int) -> Points:
    """Return a fixed random choice of the points, so that a figure redrawn is the same figure."""
    if len(points) <= count:
        return points
    return points[np.random.default_rng(0).choice(len(points), count, replace=False)]
