"""Samples of the same latent vectors at several times of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.artifacts import Array, Samples, decoded, read_samples
from lipschitz_trainers.analyses.progress import read_progress
from lipschitz_trainers.analyses.ranking import Row
from lipschitz_trainers.reports.grids import draw_grid
from lipschitz_trainers.reports.lettering import draw_lines, height_of, letter_size, panels_beside
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import DARK, WIDTH, wrapped
from lipschitz_trainers.reports.surfaces import draw_points, window_of

COLUMNS = 6
LABEL = 0.4
"""Inches at the left, for the names of the variants."""

MANY = 6
"""More variants than this have flat panels of images, so that the figure is no taller than a screen or two."""

FLAT = 2
"""Lines of images in a flat panel."""


def snapshots(scene: Scene) -> Drawing | None:
    """Draw samples through training: a row for each variant, a column for each of a few times."""
    found = list(scene.first_artifacts(read_progress))
    if not found or scene.critic_only:
        return None
    longest = max((progress for _, progress in found), key=lambda progress: progress.steps[-1])
    real = _real_points(scene)
    if len(longest.steps) < 2 or (longest.samples.ndim == 3 and not longest.are_text and real is None):
        return None
    lines, length = longest.samples.shape[1:3]
    most = panels_beside(length, COLUMNS) if longest.are_text else COLUMNS
    times = chosen(longest.steps, max(2, most))
    width = (WIDTH - LABEL) / max(len(times), 4 if not longest.are_text else 1)
    size = letter_size(length, width) if longest.are_text else 0.0
    flat = longest.are_images and len(found) > MANY
    height = height_of(lines, size) + 0.15 if longest.are_text else width
    if flat:
        height = width * FLAT / -(-longest.samples.shape[1] // FLAT) + 0.06
    figure = Figure(
        figsize=(width * len(times) + LABEL, height * len(found) + 0.3),
        layout="constrained" if longest.are_text else "compressed",
    )
    axes: Any = figure.subplots(len(found), len(times), squeeze=False)
    for panels, (row, progress) in zip(axes, found, strict=True):
        for axis, time in zip(panels, times, strict=True):
            axis.set(xticks=[], yticks=[])
            if (samples := progress.at(time)) is None:
                _empty(axis)
            elif progress.are_images:
                draw_grid(axis, samples, lines=FLAT if flat else None)
            elif progress.are_text:
                draw_lines(axis, decoded(samples, progress.vocabulary), size, DARK)
            elif real is not None:
                draw_points(axis, Samples(real, samples), scene.looks[row.variant.label], window_of(real))
                axis.xaxis.label.set_size(6)  # the words on samples outside, in a narrow panel
        _name(panels[0], row, scene, flat=flat)
    for axis, time in zip(axes[0], times, strict=True):
        axis.set_title(f"step {time:,}", fontsize=9)
    return Drawing(
        "training",
        "How samples develop",
        "Generated from the same latent vectors at each time, first seed, not selected. Look at when they begin to "
        "resemble the data, and whether they settle or keep changing; an empty place: the run did not come so far."
        + scene.left_out,
        figure,
        photographs=longest.are_images,
    )


def chosen(steps: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the steps, evenly spread, the first and the last among them.

    Example:
        >>> chosen([10, 20, 30, 40, 50], 3)
        [10, 30, 50]
    """
    places = np.linspace(0, len(steps) - 1, min(most, len(steps)))
    return [steps[round(place)] for place in places.tolist()]


def _real_points(scene: Scene) -> Array | None:
    found = (samples.real for _, samples in scene.first_artifacts(read_samples) if samples.are_points)
    return next(found, None)


def _empty(axis: Axes) -> None:
    axis.spines[:].set_visible(False)
    axis.grid(visible=False)


def _name(axis: Axes, row: Row, scene: Scene, *, flat: bool) -> None:
    axis.set_ylabel(
        wrapped(row.variant.label, 18),
        color=scene.looks[row.variant.label].ink,
        fontsize=8 if not flat else 7,
        fontweight="bold",
        **({"rotation": 0, "ha": "right", "va": "center"} if flat else {}),
    )
