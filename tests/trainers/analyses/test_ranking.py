"""Variants best first, with what happened to the others."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import ModuleType

import pytest

from lipschitz_trainers.analyses.ranking import Ranking, compare, rank
from lipschitz_trainers.analyses.study import load_study


def ranking_of(folder: Path) -> Ranking:
    return rank(load_study(folder).groups[0])


def test_points_are_ranked_by_w1_lowest_first(points: Path, synthetic: ModuleType) -> None:
    ranking = ranking_of(points)
    assert ranking.main is not None
    assert ranking.main.key == "w1"
    assert [row.variant.label for row in ranking.rows] == sorted(synthetic.W1, key=synthetic.W1.get)
    assert [row.rank for row in ranking.rows] == [1, 2, 3, 4]
    for row in ranking.rows:
        assert row.main.mean == pytest.approx(synthetic.W1[row.variant.label], abs=0.01)
        assert 0 < row.main.std < 0.02
        assert row.floor == pytest.approx(0.052)
        assert row.numbers["slope_line"].mean == pytest.approx(synthetic.SLOPE[row.variant.label])
        assert row.numbers["cost"].mean == pytest.approx(1040 * synthetic.COST[row.variant.label])
        assert row.seeds == "5"


def test_images_are_ranked_by_score_highest_first(synthetic: ModuleType, tmp_path: Path) -> None:
    ranking = ranking_of(synthetic.build(tmp_path, kind="images", seeds=2, lines=2))
    means = [row.main.mean for row in ranking.rows]
    assert means == sorted(means, reverse=True)
    assert ranking.rows[0].numbers["sliced_w1"].n == 2


def test_what_the_seeds_cannot_tell_from_the_first_is_marked(synthetic: ModuleType, tmp_path: Path) -> None:
    ranking = ranking_of(synthetic.build(tmp_path, seeds=3, noise=0.03, lines=2))
    marked = {row.variant.label: row.level_with_first for row in ranking.rows}
    assert marked[ranking.rows[0].variant.label] is False
    assert marked[ranking.rows[1].variant.label] is True
    assert marked[synthetic.CLIPPING] is False


def test_failed_runs_are_counted(synthetic: ModuleType, tmp_path: Path) -> None:
    row = ranking_of(synthetic.build(tmp_path, broken={(synthetic.ONE, 1): "boom"}, lines=2)).rows[-1]
    # Best by its mean, but behind the complete ones: what is missing may be its worst.
    assert row.main.mean < 0.1
    assert (row.variant.label, row.seeds, row.main.n) == (synthetic.ONE, "2/3", 2)


def test_a_variant_that_failed_everywhere_comes_last_with_the_reason(
    synthetic: ModuleType, tmp_path: Path
) -> None:
    broken = {(synthetic.ONE, seed): f"TrainingError: seed {seed}\nlong" for seed in range(3)}
    ranking = ranking_of(synthetic.build(tmp_path, broken=broken, lines=2))
    last = ranking.rows[-1]
    assert (last.variant.label, last.rank, last.reason) == (synthetic.ONE, None, "TrainingError: seed 0")
    assert [row.rank for row in ranking.rows[:-1]] == [1, 2, 3]
    assert last not in ranking.ranked


def edit_runs(folder: Path, variant: str, **changes: object) -> None:
    path = folder / "results.json"
    content = json.loads(path.read_text())
    for run in content["runs"]:
        if run["variant"] == variant:
            run.update(changes)
    path.write_text(json.dumps(content))


def test_a_diverged_variant_survives_and_comes_before_the_failed(
    synthetic: ModuleType, tmp_path: Path
) -> None:
    synthetic.build(tmp_path, broken={(synthetic.CLIPPING, seed): "boom" for seed in range(3)}, lines=2)
    edit_runs(tmp_path, synthetic.ONE, metrics={"w1": None, "slope_line_mean": None})
    ranking = ranking_of(tmp_path)
    assert [row.variant.label for row in ranking.rows[-2:]] == [synthetic.ONE, synthetic.CLIPPING]
    assert ranking.rows[-2].reason == "no finite W1 in 3 finished runs"
    assert ranking.rows[-2].seeds == "0/3"


def test_interrupted_runs_say_so(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, lines=2)
    edit_runs(tmp_path, synthetic.TWO, status="interrupted", error="not begun")
    assert ranking_of(tmp_path).rows[-1].reason == "interrupted: not begun"


def test_a_failure_explains_more_than_an_interruption(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=2, broken={(synthetic.TWO, 1): "loss is NaN"}, lines=2)
    content = json.loads((tmp_path / "results.json").read_text())
    for run in content["runs"]:
        if (run["variant"], run["seed"]) == (synthetic.TWO, 0):
            run |= {"status": "interrupted", "error": "not begun"}
    synthetic.write_results(tmp_path, content)
    assert ranking_of(tmp_path).rows[-1].reason == "loss is NaN"


def test_with_a_fixed_generator_the_critics_are_ranked(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=2, lines=2)
    synthetic.fix_generators(tmp_path)
    ranking = ranking_of(tmp_path)
    assert ranking.main is not None
    assert ranking.main.title == "absolute W1 error"
    assert ranking.rows[0].variant.label == synthetic.TWO, "its slope is the closest to 1"
    assert ranking.rows[-1].variant.label == synthetic.CLIPPING
    assert all(row.main.mean > 0 for row in ranking.rows)


def test_without_a_main_metric_nothing_is_ranked(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, lines=2)
    for variant in synthetic.W1:
        edit_runs(tmp_path, variant, metrics={"slope_line_mean": 1.0})
    ranking = ranking_of(tmp_path)
    assert ranking.main is None
    assert ranking.ranked == ()
    assert all(math.isnan(row.main.mean) for row in ranking.rows)


def test_rows_are_compared_on_common_seeds(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=4, broken={(synthetic.ONE, 0): "x", (synthetic.TWO, 3): "x"}, lines=2)
    ranking = ranking_of(tmp_path)
    assert ranking.main is not None
    first, second = (row for row in ranking.rows if row.main.n == 3)
    assert compare(first, second, ranking.main).n == 2
