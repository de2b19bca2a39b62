"""Generated lines beside real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lipschitz_trainers.reports.lettering import drawable
from lipschitz_trainers.reports.scene import Scene
from lipschitz_trainers.reports.strings import LINES, strings
from lipschitz_trainers.reports.style import WIDTH, styled

SceneOf = Callable[[Path], Scene]


def write_text(folder: Path, name: str, length: int, character: int) -> None:
    np.savez(
        folder / "runs" / f"{name}-seed0" / "artifacts" / "samples.npz",
        real=np.zeros((20, length), np.uint16),
        fake=np.full((20, length), character, np.uint16),
        vocabulary=np.array(["r", "1", "2"]),
    )


@pytest.mark.parametrize("length", [8, 32, 200])
def test_real_lines_come_first(synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf, length: int) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.TWO), seeds=1, lines=2)
    write_text(tmp_path, synthetic.ONE, length, 1)
    write_text(tmp_path, synthetic.TWO, length, 2)
    with styled():
        drawing = strings(scene_of(tmp_path))
    assert drawing is not None
    assert drawing.figure.get_figwidth() <= WIDTH + 1e-9
    titles = [axis.get_title(loc="left").replace("\n", "") for axis in drawing.figure.axes]
    assert titles == ["real", synthetic.ONE, synthetic.TWO]
    for axis, character in zip(drawing.figure.axes, "r12", strict=True):
        assert [text.get_text() for text in axis.texts] == [drawable(character * length)] * LINES


def test_other_data_and_fixed_generators_have_none(
    images: Path, points: Path, synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    assert strings(scene_of(images)) is None
    assert strings(scene_of(points)) is None
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    write_text(tmp_path, synthetic.ONE, 4, 1)
    assert strings(scene_of(tmp_path)) is not None
    synthetic.fix_generators(tmp_path)
    assert strings(scene_of(tmp_path)) is None
