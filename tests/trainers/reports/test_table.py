"""The ranked table's cells."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.reports.table import columns

CALIBRATED = ("calibrated_w1_by_upper", "calibrated_w1_by_lower")


def cells(folder: Path) -> dict[str, list[str]]:
    ranking = rank(load_study(folder).groups[0])
    return {column.title: [column.text(row) for row in ranking.rows] for column in columns(ranking)}


def test_points(points: Path, synthetic: ModuleType) -> None:
    table = cells(points)
    assert list(table) == [
        "#",
        "constraint",
        "W1 ↓",
        "real vs real",
        "sliced W1 ↓",
        "critic's W1",
        "W1 error",
        "slope (max)",
        "ms/step",
        "seeds",
    ]
    assert table["constraint"] == list(synthetic.W1)
    assert all("±" in cell for cell in table["W1 ↓"])
    assert table["real vs real"] == ["0.0520"] * 4
    assert table["slope (max)"] == ["0.86 (1.4)", "1.0 (1.6)", "0.55 (0.88)", "0.0021 (0.0034)"]
    assert table["ms/step"][0] == "3.13"
    assert table["seeds"] == ["2"] * 4


def test_mixtures_show_their_modes(synthetic: ModuleType, tmp_path: Path) -> None:
    table = cells(synthetic.build(tmp_path, datasets=("eight_gaussians",), seeds=1, lines=2))
    assert table["modes"] == ["8 of 8"] * 4
    assert table["in modes"][0] == "92%"


def test_images_and_failures(images: Path) -> None:
    table = cells(images)
    assert "real data" in table
    assert table["#"][-1] == "–"
    (score,) = [
        title for title in table if title.startswith("classifier score (small classifier of these data, ")
    ]
    assert score.endswith("; not the Inception score) ↑")
    assert table[score][-1] == "–"
    assert table["seeds"][-1] == "0/2"


def test_ranks_that_are_not_decided_are_marked(synthetic: ModuleType, tmp_path: Path) -> None:
    table = cells(synthetic.build(tmp_path, seeds=1, lines=2))
    assert table["#"] == ["1", "2 ≈", "3 ≈", "4 ≈"]
    assert "±" not in table["W1 ↓"][0]


def test_columns_without_a_number_are_left_out(synthetic: ModuleType, tmp_path: Path) -> None:
    broken = {(name, 0): "boom" for name in synthetic.W1}
    table = cells(synthetic.build(tmp_path, seeds=1, lines=2, broken=broken))
    assert list(table) == ["#", "constraint", "ms/step", "seeds"]


@pytest.mark.parametrize("keys", [("lipschitz_lower", "lipschitz_upper"), CALIBRATED])
@pytest.mark.parametrize(
    ("lower", "upper", "cell"),
    [(0.9, 41.0, "0.90 to 41"), (0.9, None, "≥ 0.90"), (None, 41.0, "≤ 41"), (-0.01, -2.0, "−2.0 to −0.010")],
)
def test_intervals(
    synthetic: ModuleType,
    tmp_path: Path,
    keys: tuple[str, str],
    lower: float | None,
    upper: float | None,
    cell: str,
) -> None:
    folder = synthetic.build(tmp_path, seeds=1, lines=2)
    results = json.loads((folder / "results.json").read_text())
    known = {key: value for key, value in zip(keys, (lower, upper), strict=True) if value is not None}
    for run in results["runs"]:
        run["metrics"] |= known
    synthetic.write_results(folder, results)
    title = "critic's W1 / K" if keys == CALIBRATED else "Lipschitz constant"
    assert cells(folder)[title] == [cell] * 4
