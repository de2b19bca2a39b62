"""Grids of images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lipschitz_trainers.reports.grids import grids, tiled
from lipschitz_trainers.reports.scene import Scene
from lipschitz_trainers.reports.style import styled


def test_real_images_come_first(images: Path, scene_of: Callable[[Path], Scene]) -> None:
    with styled():
        drawing = grids(scene_of(images))
    assert drawing is not None
    titles = [axis.get_title(loc="left").replace("\n", "") for axis in drawing.figure.axes]
    assert titles == ["real", "one_sided_gradient_penalty", "two_sided_gradient_penalty", "spectral_norm"]
    assert drawing.photographs


def test_points_have_no_grid(points: Path, scene_of: Callable[[Path], Scene]) -> None:
    assert grids(scene_of(points)) is None


@pytest.mark.parametrize(("channels", "shape"), [(1, (17, 17)), (3, (17, 17, 3)), (2, (17, 17))])
def test_images_are_tiled_in_reading_order(channels: int, shape: tuple[int, ...]) -> None:
    images = np.linspace(-1, 1, 4, dtype=np.float32).reshape(4, 1, 1, 1) * np.ones(
        (4, channels, 8, 8), np.float32
    )
    tiles = tiled(images)
    assert tiles.shape == shape
    np.testing.assert_allclose(
        [tiles[0, 0].max(), tiles[0, 9].max(), tiles[9, 0].max(), tiles[9, 9].max()],
        [0, 1 / 3, 2 / 3, 1],
        atol=1e-6,
    )
    assert (tiles[8] == 1).all()


def test_values_outside_the_range_and_nan_can_be_shown() -> None:
    images = np.array([[-5.0, 5.0], [np.nan, 0.0]], np.float32).reshape(1, 1, 2, 2)
    assert tiled(images).tolist() == [[0.0, 1.0], [0.0, 0.5]]


def test_large_images_are_fewer() -> None:
    assert tiled(np.zeros((64, 3, 64, 64), np.float32)).shape == (4 * 65 - 1, 4 * 65 - 1, 3)
    assert tiled(np.zeros((5, 1, 500, 500), np.float32)).shape == (500, 500)


def test_so_many_lines_as_asked_for() -> None:
    images = np.linspace(-1, 1, 16).repeat(9).reshape(16, 1, 3, 3).astype(np.float32)
    flat = tiled(images, 2)
    assert flat.shape == (2 * 4 - 1, 8 * 4 - 1)
    np.testing.assert_allclose(flat[::4, ::4].ravel(), np.linspace(0, 1, 16), atol=1e-6)
    assert tiled(images[:1], 2).shape == (3, 3)
