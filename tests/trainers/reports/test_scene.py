"""What figures are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from lipschitz_trainers.analyses.artifacts import read_samples
from lipschitz_trainers.reports.scene import MOST, Scene


def test_logs_of_every_run_are_loaded(points: Path, scene_of: Callable[[Path], Scene]) -> None:
    scene = scene_of(points)
    assert [len(scene.logs(row)) for row in scene.rows] == [2] * 4
    assert len(scene.logs(scene.rows[0])[0].trained("w1_estimate")) == 40
    assert scene.left_out == ""


def test_artifacts_come_from_the_first_run_that_has_some(
    synthetic: ModuleType, tmp_path: Path, scene_of: Callable[[Path], Scene]
) -> None:
    synthetic.build(tmp_path, seeds=2, lines=2, broken={(synthetic.ONE, 0): "boom"})
    (tmp_path / "runs" / f"{synthetic.TWO}-seed0" / "artifacts" / "samples.npz").unlink()
    (tmp_path / "runs" / f"{synthetic.TWO}-seed1" / "artifacts" / "samples.npz").unlink()
    found = {row.variant.label for row, _ in scene_of(tmp_path).first_artifacts(read_samples)}
    assert found == {synthetic.ONE, synthetic.SPECTRAL, synthetic.CLIPPING}


def test_of_very_many_variants_the_best_are_drawn(
    synthetic: ModuleType, tmp_path: Path, scene_of: Callable[[Path], Scene]
) -> None:
    constraints = tuple(f"idea_{i:02}" for i in range(MOST + 3))
    scene = scene_of(synthetic.build(tmp_path, constraints=constraints, seeds=1, lines=2))
    assert [row.rank for row in scene.rows] == list(range(1, MOST + 1))
    assert scene.left_out == f" Shown are the first {MOST} of {MOST + 3} by rank."
