"""Slopes and costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from lipschitz_trainers.reports.bars import cost, slopes
from lipschitz_trainers.reports.scene import Scene

SceneOf = Callable[[Path], Scene]


def widths(axis: object) -> list[float]:
    return [patch.get_x() + patch.get_width() for patch in axis.patches]  # type: ignore[attr-defined]


def test_slopes_at_three_places_with_the_target(
    points: Path, scene_of: SceneOf, synthetic: ModuleType
) -> None:
    scene = scene_of(points)
    drawing = slopes(scene)
    assert drawing is not None
    on_real, _, on_line = drawing.figure.axes
    expected = [synthetic.SLOPE[row.variant.label] for row in scene.rows]
    assert widths(on_line) == pytest.approx(expected)
    assert widths(on_real) == pytest.approx([0.9 * slope for slope in expected])
    assert on_line.lines[-1].get_xdata() == [1.0, 1.0]
    assert on_line.get_xscale() == "log"  # clipping's 0.002 would be invisible


def test_slopes_near_one_stay_on_a_linear_axis_and_their_numbers_clear_of_the_target(
    images: Path, scene_of: SceneOf
) -> None:
    drawing = slopes(scene_of(images))
    assert drawing is not None
    axis = drawing.figure.axes[0]
    assert axis.get_xscale() == "linear"
    assert all(text.xy[0] >= 1.0 for text in axis.texts)  # type: ignore[attr-defined]
    assert len(axis.patches) == 3, "the failed constraint has no bar"


def test_costs_in_milliseconds(points: Path, scene_of: SceneOf, synthetic: ModuleType) -> None:
    scene = scene_of(points)
    drawing = cost(scene)
    assert drawing is not None
    expected = [1010 * synthetic.COST[row.variant.label] for row in scene.rows]
    assert widths(drawing.figure.axes[0]) == pytest.approx(expected)


@pytest.mark.parametrize("slope", [0.0, None])
def test_slopes_of_zero_or_none(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf, slope: float | None
) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    content = json.loads((tmp_path / "results.json").read_text())
    for place in ("real", "fake", "line"):
        content["runs"][0]["metrics"][f"slope_{place}_mean"] = slope
    synthetic.write_results(tmp_path, content)
    drawing = slopes(scene_of(tmp_path))
    assert drawing is not None
    drawing.figure.draw_without_rendering()


def test_without_measurements_there_is_nothing_to_draw(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    content = json.loads((tmp_path / "results.json").read_text())
    for run in content["runs"]:
        run["metrics"] = {"w1": 1.0}
    synthetic.write_results(tmp_path, content)
    scene = scene_of(tmp_path)
    assert slopes(scene) is None
    assert cost(scene) is None
