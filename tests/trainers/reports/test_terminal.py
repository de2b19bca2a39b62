"""What a terminal shows, at any width."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from rich.console import Console

from lipschitz.errors import DataError
from lipschitz_trainers.reports import print_report


def shown(folder: Path, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_report(console, folder)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_every_line_fits_and_no_number_is_cut(points: Path, synthetic: ModuleType, width: int) -> None:
    text = shown(points, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    for name in synthetic.W1:
        assert any(line.split()[1:2] == [name] or line.split()[2:3] == [name] for line in text.splitlines())


def heading(text: str) -> str:
    lines = text.splitlines()
    rule = next(number for number, line in enumerate(lines) if line.strip().startswith("───"))
    return " ".join(" ".join(lines[rule - 2 : rule]).split())


def test_the_least_important_columns_go_first(points: Path) -> None:
    at = {width: heading(shown(points, width)) for width in (60, 80, 120, 200)}
    assert "ms/step" in at[80]
    assert "slope" not in at[60]
    assert "slope" in at[120]
    assert "critic's" in at[200]
    assert "sliced" in at[200]
    assert all("W1 ↓" in found and "constraint" in found for found in at.values())


def test_it_reads_from_answer_to_failures(images: Path, synthetic: ModuleType) -> None:
    text = shown(images)
    order = [
        "compare, profile quick",
        "On digits",
        "ranked by classifier score (small classifier of these data, ",
        "(higher is better)",
        "One-sided against two-sided",
        "2 of 8 runs did not finish",
        f"{synthetic.CLIPPING}, seeds 0, 1 failed: TrainingError: loss is <NaN>",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "scaled down" in text
    assert f"{synthetic.CLIPPING}: TrainingError: loss is <NaN>" in text


def test_names_are_not_read_as_markup(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=("[red]x[/red]", synthetic.ONE), seeds=1, lines=2)
    assert "[red]x[/red]" in shown(tmp_path)


def test_text_is_shown_real_lines_first(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE, synthetic.TWO), seeds=2, lines=2)
    vocabulary = np.array(["?", "a", "b", "[b]", "\t"])
    for i, name in enumerate((synthetic.ONE, synthetic.TWO)):
        path = tmp_path / "runs" / f"{name}-seed0" / "artifacts" / "samples.npz"
        fake = np.full((8, 70), 1 + i, np.uint16)
        fake[0, :2] = [3, 4]
        np.savez(path, real=np.zeros((8, 70), np.uint16), fake=fake, vocabulary=vocabulary)
    text = shown(tmp_path, width=60)
    assert max(map(len, text.splitlines())) <= 60
    starts = [text.index(f"\n{name}  ") for name in ("real", synthetic.ONE, synthetic.TWO)]
    assert starts == sorted(starts)
    joined = "".join(text.split())
    assert joined.count("?" * 70) == 3
    assert "[b]\N{REPLACEMENT CHARACTER}a" in joined


def test_claims(synthetic: ModuleType, tmp_path: Path) -> None:
    claims = [
        {
            "id": "a",
            "statement": "It is [b]faster[/b].",
            "paper": 1.5,
            "measured": 2.0,
            "holds": True,
            "note": None,
        },
        {
            "id": "b",
            "statement": "Better",
            "paper": None,
            "measured": None,
            "holds": None,
            "note": "needs more steps",
        },
        {"id": "c", "statement": "Worse", "paper": None, "measured": None, "holds": False, "note": None},
        {"id": "d", "statement": "Size", "measured": 3.0, "holds": None, "criterion": False},
    ]
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2, claims=claims)
    text = shown(tmp_path)
    lines = [line.split() for line in text.splitlines()]
    assert ["It", "is", "[b]faster[/b].", "1.50", "2.00", "yes"] in lines
    assert ["Better", "–", "–", "undecided"] in lines
    assert ["Worse", "–", "–", "no"] in lines
    assert ["Size", "–", "3.00", "measured"] in lines
    assert "needs more steps" in text


def test_the_paper_profile_is_not_called_scaled_down(synthetic: ModuleType, tmp_path: Path) -> None:
    assert "scaled down" not in shown(synthetic.build(tmp_path, profile="paper", seeds=1, lines=2))


def test_nothing_measured_is_survived(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    content = json.loads((tmp_path / "results.json").read_text())
    for run in content["runs"]:
        run["metrics"] = dict.fromkeys(run["metrics"])
    synthetic.write_results(tmp_path, content)
    assert "nothing can be ranked" in shown(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"results\.json does not exist"):
        shown(tmp_path)
