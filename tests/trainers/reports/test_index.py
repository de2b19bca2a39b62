"""What is written down about the figures of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.reports.figures import Illustration
from lipschitz_trainers.reports.index import INDEX, load_index, main_figures, save_index


def drawn(folder: Path, name: str, dataset: str | None = "swiss_roll") -> Illustration:
    path = folder / "figures" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"an image")
    return Illustration(path, dataset, name.title(), "Look.")


def test_a_report_writes_its_index(points: Path) -> None:
    found = load_index(points)
    assert {one.path for one in found} == set((points / "figures").glob("*.png"))
    assert all(one.title and one.caption and one.dataset == "swiss_roll" for one in found)


def test_written_and_read_again(tmp_path: Path) -> None:
    figures = (drawn(tmp_path, "a", None), drawn(tmp_path, "b"))
    save_index(tmp_path, figures)
    assert load_index(tmp_path) == figures
    figures[0].path.unlink()
    assert load_index(tmp_path) == figures[1:]


def test_an_index_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    save_index(tmp_path, [drawn(tmp_path, "a")])
    (tmp_path / "secret.png").write_bytes(b"")
    (tmp_path / INDEX).write_text((tmp_path / INDEX).read_text().replace("a.png", "../secret.png"))
    assert load_index(tmp_path) == ()


def test_damage_and_absence_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"index\.json does not exist"):
        load_index(tmp_path)
    drawn(tmp_path, "a")
    (tmp_path / INDEX).write_text(json.dumps({"figures": [{"path": "a.png", "title": 3, "dataset": None}]}))
    with pytest.raises(DataError, match=r"'title' should be str, got 3\s+figures\[0\] lacks 'caption'"):
        load_index(tmp_path)


def test_figures_of_the_experiment_come_before_those_of_data(tmp_path: Path) -> None:
    own, surfaces = drawn(tmp_path, "own", None), drawn(tmp_path, "surfaces-a")
    samples, more = drawn(tmp_path, "samples"), drawn(tmp_path, "surfaces-b")
    cost = drawn(tmp_path, "cost")
    assert main_figures([cost, samples, surfaces, own, more]) == (own,)
    assert main_figures([cost, samples, surfaces, more]) == (surfaces, more)
    assert main_figures([cost, samples]) == (samples,)
    assert main_figures([cost]) == ()
