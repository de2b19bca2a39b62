"""Critics as landscapes, and generated over real points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib.colors import same_color

from lipschitz_trainers.reports.scene import Scene
from lipschitz_trainers.reports.surfaces import SHOWN, scatters, surfaces

SceneOf = Callable[[Path], Scene]


def test_every_variant_has_its_landscape_on_its_own_scale(points: Path, scene_of: SceneOf) -> None:
    drawing = surfaces(scene_of(points))
    assert drawing is not None
    assert len(drawing.figure.axes) == 4
    ranges = [axis.get_xlabel() for axis in drawing.figure.axes]
    assert len(set(ranges)) == 4
    assert ranges[-1] == "−0.0031 to 0.0037"
    assert all(len(axis.collections) == 3 for axis in drawing.figure.axes)  # filled, lines, samples


def test_generated_over_real_in_the_color_of_the_variant(points: Path, scene_of: SceneOf) -> None:
    scene = scene_of(points)
    drawing = scatters(scene)
    assert drawing is not None
    for axis, row in zip(drawing.figure.axes, scene.rows, strict=True):
        real, fake = axis.collections
        assert len(real.get_offsets()) == len(fake.get_offsets()) == SHOWN  # type: ignore[arg-type]
        assert same_color(fake.get_facecolor()[0][:3], scene.looks[row.variant.label].color)  # type: ignore[index]


def test_images_have_neither(images: Path, scene_of: SceneOf) -> None:
    scene = scene_of(images)
    assert surfaces(scene) is None
    assert scatters(scene) is None


def test_samples_of_a_fixed_generator_are_not_shown(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    synthetic.fix_generators(tmp_path)
    scene = scene_of(tmp_path)
    assert scatters(scene) is None
    assert surfaces(scene) is not None


def replace_artifact(folder: Path, name: str, **arrays: np.ndarray) -> None:
    for path in folder.glob(f"runs/*/artifacts/{name}.npz"):
        np.savez(path, allow_pickle=False, **arrays)


@pytest.mark.parametrize(("value", "words"), [(np.nan, "not finite"), (3.0, "flat")])
def test_a_dead_critic_is_said_to_be_dead(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf, value: float, words: str
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    replace_artifact(tmp_path, "surface", x=np.arange(3.0), y=np.arange(4.0), values=np.full((4, 3), value))
    drawing = surfaces(scene_of(tmp_path))
    assert drawing is not None
    assert [text.get_text() for text in drawing.figure.axes[0].texts] == [words]


@pytest.mark.parametrize("dimension", [1, 3])
def test_data_outside_the_plane(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf, dimension: int
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    random = np.random.default_rng(0)
    replace_artifact(
        tmp_path,
        "samples",
        real=random.normal(size=(50, dimension)),
        fake=random.normal(size=(40, dimension)),
    )
    drawing = scatters(scene_of(tmp_path))
    assert drawing is not None
    assert ("first two coordinates" in drawing.caption) == (dimension == 3)
    assert bool(drawing.figure.axes[0].patches) == (dimension == 1)


def test_samples_that_flew_away_are_counted(synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    fake = np.zeros((10, 2))
    fake[:2] = [1e6, np.nan]
    replace_artifact(tmp_path, "samples", real=np.random.default_rng(0).normal(size=(50, 2)), fake=fake)
    drawing = scatters(scene_of(tmp_path))
    assert drawing is not None
    assert drawing.figure.axes[0].get_xlabel() == "20% of the samples lie outside"
