"""All figures of a folder."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.reports import figures
from lipschitz_trainers.reports.figures import Figures, draw_figures
from lipschitz_trainers.reports.style import looks


def draw(folder: Path) -> Figures:
    study = load_study(folder)
    rankings = [rank(group) for group in study.groups]
    return draw_figures(study, rankings, looks(row.variant.label for r in rankings for row in r.rows))


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "figures").glob("*.png")}


def test_points_get_curves_landscapes_samples_slopes_and_costs(points: Path) -> None:
    expected = {"progress.png", "estimates.png", "surfaces.png", "samples.png", "slopes.png", "cost.png"}
    assert names(points) == expected
    for path in (points / "figures").glob("*.png"):
        assert path.stat().st_size < 250_000
        with Image.open(path) as image:
            assert image.width <= 1500


def test_images_get_grids_instead_of_landscapes(images: Path) -> None:
    assert names(images) == {"progress.png", "estimates.png", "samples.png", "slopes.png", "cost.png"}


def test_every_dataset_has_its_own_files(
    synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "DRAWERS", (figures.cost,))
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), datasets=("a/b", "c"), seeds=1, lines=2)
    drawn = draw(tmp_path)
    assert {"cost-a_b.png", "cost-c.png"} <= names(tmp_path)
    assert {illustration.dataset for illustration in drawn.illustrations} == {"a/b", "c"}


def test_a_damaged_file_costs_only_its_figures(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    (tmp_path / "runs" / f"{synthetic.ONE}-seed0" / "artifacts" / "samples.npz").write_bytes(b"PK damaged")
    drawn = draw(tmp_path)
    assert len(drawn.problems) == 1
    assert "samples.npz cannot be read" in drawn.problems[0]
    assert {"progress.png", "slopes.png", "cost.png"} <= names(tmp_path)


def test_a_damaged_log_is_told(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    (tmp_path / "runs" / f"{synthetic.ONE}-seed0" / "metrics.jsonl").write_text("damaged\n{}\n")
    drawn = draw(tmp_path)
    assert drawn.illustrations == ()
    assert "metrics.jsonl, line 1" in drawn.problems[0]
