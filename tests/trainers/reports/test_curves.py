"""Curves over training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib.colors import same_color

from lipschitz_trainers.reports.curves import estimates, progress
from lipschitz_trainers.reports.scene import Scene
from lipschitz_trainers.reports.style import DARK, styled

SceneOf = Callable[[Path], Scene]


def test_estimates_have_a_panel_a_variant_with_exact_dots(points: Path, scene_of: SceneOf) -> None:
    scene = scene_of(points)
    with styled():
        drawing = estimates(scene)
    assert drawing is not None
    assert len(drawing.figure.axes) == 4
    for axis, row in zip(drawing.figure.axes, scene.rows, strict=True):
        line, *dots = axis.lines
        assert axis.get_title(loc="left").replace("\n", "") == row.variant.label
        assert same_color(line.get_color(), scene.looks[row.variant.label].color)
        assert [len(dot.get_xdata()) for dot in dots] == [7, 7]  # type: ignore[arg-type]
        assert all(same_color(dot.get_color(), DARK) for dot in dots)
    assert "exact W1" in drawing.caption


def test_clipping_a_thousand_times_too_flat_asks_for_a_log_axis(points: Path, scene_of: SceneOf) -> None:
    drawing = estimates(scene_of(points))
    assert drawing is not None
    assert drawing.figure.axes[0].get_yscale() != "linear"


def test_images_have_no_exact_dots_and_the_caption_does_not_speak_of_them(
    images: Path, scene_of: SceneOf
) -> None:
    drawing = estimates(scene_of(images))
    assert drawing is not None
    assert "exact" not in drawing.caption


def test_progress_ends_where_the_runs_ended_beside_the_floor(points: Path, scene_of: SceneOf) -> None:
    scene = scene_of(points)
    drawing = progress(scene)
    assert drawing is not None
    *curves, floor = drawing.figure.axes[0].lines
    for curve, row in zip(curves, scene.rows, strict=True):
        assert curve.get_label() == row.variant.label
        assert np.asarray(curve.get_ydata())[-1] == pytest.approx(row.main.mean, rel=0.02)
    assert np.asarray(floor.get_ydata())[0] == pytest.approx(0.052)
    assert floor.get_label() == "real against real: 0.0520"


def test_higher_is_better_for_images(images: Path, scene_of: SceneOf) -> None:
    drawing = progress(scene_of(images))
    assert drawing is not None
    label = drawing.figure.axes[0].get_ylabel().replace("\n", " ")
    assert label.startswith("classifier score (small classifier of these data, ")
    assert label.endswith("; not the Inception score) (higher is better)")


def test_errors_of_critics_are_drawn_by_size(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.CLIPPING), seeds=1, lines=2)
    synthetic.fix_generators(tmp_path)
    drawing = progress(scene_of(tmp_path))
    assert drawing is not None
    axis = drawing.figure.axes[0]
    assert axis.get_ylabel() == "absolute W1 error (lower is better)"
    assert all(np.asarray(line.get_ydata()).min() > 0 for line in axis.lines)


def test_without_logs_there_is_nothing_to_draw(
    synthetic: ModuleType, tmp_path: Path, scene_of: SceneOf
) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    for path in tmp_path.glob("runs/*/metrics.jsonl"):
        path.unlink()
    scene = scene_of(tmp_path)
    assert estimates(scene) is None
    assert progress(scene) is None
