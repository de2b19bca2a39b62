"""Images: generated samples beside real ones."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import read_samples
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import DARK, panels, wrapped

PIXELS = 280
"""A grid is at most about this wide before it is scaled."""


def grids(scene: Scene) -> Drawing | None:
    """Draw a grid of real images, then one of every variant's generated images."""
    found = [(row, samples) for row, samples in scene.first_artifacts(read_samples) if samples.are_images]
    if not found or scene.critic_only:
        return None
    figure, axes = panels(len(found) + 1, per_row=3, ratio=1.08, layout="compressed")
    draw_grid(axes[0], found[0][1].real)
    axes[0].set_title("real", color=DARK)
    for axis, (row, samples) in zip(axes[1:], found, strict=True):
        draw_grid(axis, samples.fake)
        axis.set_title(wrapped(row.variant.label, 30), color=scene.looks[row.variant.label].ink)
    return Drawing(
        "samples",
        "What the generator has learned",
        "Real images first, then each constraint's generated images, first seed, not selected. Compare "
        "sharpness, and whether every kind of image occurs: repeated images are a sign of collapse."
        + scene.left_out,
        figure,
        photographs=True,
    )


def draw_grid(axis: Axes, images: NDArray[np.float32], lines: int | None = None) -> None:
    """Draw images, shape (n, channels, height, width), values in [-1, 1], side by side; see `tiled`."""
    axis.imshow(tiled(images, lines), cmap="gray", vmin=0, vmax=1, interpolation="auto")
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.grid(visible=False)


def tiled(images: NDArray[np.float32], lines: int | None = None) -> NDArray[np.float32]:
    """Return images side by side as one, with thin white lines between them.

    Args:
        images: shape (n, channels, height, width), values in [-1, 1]; NaN is drawn black.
        lines: of how many lines; None: a square of not too many.

    Returns:
        Shape (rows, columns) for one channel, (rows, columns, 3) else; values in [0, 1].
    """
    height, width = images.shape[2:]
    side = max(1, min(8, math.isqrt(len(images)), PIXELS // max(height, width)))
    down, across = (side, side) if lines is None else (min(lines, len(images)), len(images) // lines or 1)
    chosen = np.nan_to_num(np.clip((images[: down * across] + 1) / 2, 0, 1)).astype(np.float32)
    framed = np.pad(chosen, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=1.0)
    channels = framed.shape[1]
    rows = framed.reshape(down, across, channels, height + 1, width + 1).transpose(0, 3, 1, 4, 2)
    tiles = rows.reshape(down * (height + 1), across * (width + 1), channels)[:-1, :-1]
    return tiles[..., 0] if channels != 3 else tiles
