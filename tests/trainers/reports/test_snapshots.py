"""Samples through training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.snapshots import COLUMNS, chosen, snapshots
from lipschitz_trainers.reports.style import styled

SceneOf = Callable[[Path], Scene]
POINTS = np.zeros((5, 2), np.float32)
IMAGES = np.zeros((16, 1, 8, 8), np.uint8)
TEXT = np.zeros((8, 32), np.uint16)
CHARACTERS = {"vocabulary": np.array(["a", "b"])}


def keep(folder: Path, run: str, samples: np.ndarray, steps: Iterable[int], **more: Any) -> None:
    path = folder / "runs" / run / "artifacts" / "progress"
    path.mkdir(parents=True)
    for step in steps:
        np.savez(path / f"step-{step:08d}.npz", allow_pickle=False, samples=samples, **more)


def draw(scene: Scene) -> Drawing | None:
    with styled():
        return snapshots(scene)


@pytest.mark.parametrize(
    ("samples", "more", "columns"), [(IMAGES, {}, 6), (POINTS, {}, 6), (TEXT, CHARACTERS, 4)]
)
def test_a_row_for_each_variant_and_a_column_for_each_time(
    synthetic: ModuleType,
    tmp_path: Path,
    scene_of: SceneOf,
    samples: np.ndarray,
    more: dict[str, Any],
    columns: int,
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.TWO), seeds=2, lines=2)
    for constraint in (synthetic.ONE, synthetic.TWO):
        keep(tmp_path, f"{constraint}-seed0", samples, range(1000, 12_000, 1000), **more)
    drawing = draw(scene_of(tmp_path))
    assert drawing is not None
    axes = np.reshape(np.array(drawing.figure.axes, dtype=object), (2, columns))
    titles = [axis.get_title(loc="left") for axis in axes[0]]
    assert titles[0] == "step 1,000"
    assert titles[-1] == "step 11,000"
    assert [axis.get_ylabel().replace("\n", "") for axis in axes[:, 0]] == [synthetic.ONE, synthetic.TWO]
    assert all(axis.images or axis.collections or axis.texts for axis in axes.flat)
    assert drawing.photographs == (samples is IMAGES)


def test_images_of_many_variants_are_drawn_flat(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    names = tuple(f"draw{i:03}-two_sided_gradient_penalty" for i in range(12))
    synthetic.build(tmp_path, constraints=names, seeds=1, lines=2)
    for name in names:
        keep(tmp_path, f"{name}-seed0", IMAGES, (100, 200, 300))
    drawing = draw(scene_of(tmp_path))
    assert drawing is not None
    assert len(drawing.figure.axes) == 36
    assert drawing.figure.get_size_inches()[1] < 8.5, "12 rows should be seen at once"
    assert {axis.images[0].get_array().shape for axis in drawing.figure.axes} == {(2 * 9 - 1, 8 * 9 - 1)}


def test_a_run_that_did_not_come_so_far_has_empty_places(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    broken = {(synthetic.TWO, 0): "boom"}
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.TWO), seeds=1, lines=2, broken=broken)
    keep(tmp_path, f"{synthetic.ONE}-seed0", IMAGES, (10, 20, 30))
    keep(tmp_path, f"{synthetic.TWO}-seed0", IMAGES, (10,))
    drawing = draw(scene_of(tmp_path))
    assert drawing is not None
    assert [len(axis.images) for axis in drawing.figure.axes] == [1, 1, 1, 1, 0, 0]


def test_one_time_is_no_development(
    points: Path, synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    assert draw(scene_of(points)) is None
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    keep(tmp_path, f"{synthetic.ONE}-seed0", IMAGES, (10,))
    assert draw(scene_of(tmp_path)) is None


def test_points_without_real_ones_are_not_drawn(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    keep(tmp_path, f"{synthetic.ONE}-seed0", POINTS, (10, 20))
    assert draw(scene_of(tmp_path)) is not None
    (tmp_path / "runs" / f"{synthetic.ONE}-seed0" / "artifacts" / "samples.npz").unlink()
    assert draw(scene_of(tmp_path)) is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True).map(sorted), st.integers(2, 9))
def test_the_first_and_the_last_time_are_among_the_chosen(steps: list[int], most: int) -> None:
    found = chosen(steps, most)
    assert found == sorted(set(found))
    assert len(found) == min(most, len(steps))
    assert found[-1] == steps[-1]
    assert found[0] == steps[0]
    assert set(found) <= set(steps)


def test_no_more_columns_than_fit() -> None:
    assert len(chosen(range(100), COLUMNS)) == COLUMNS
