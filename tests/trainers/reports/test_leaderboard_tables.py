"""Tables of a leaderboard, from made-up runs."""

import dataclasses

import pytest

from lipschitz_trainers.analyses.leaderboard import boards
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.reports.leaderboard_tables import MOST, cosines, distances, everything_else


def cells(lines):
    """Return the rows below a table's head by their first cell."""
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:])
    return {row[0]: row[1:] for row in rows}


def with_metrics(study, metrics):
    """Return boards of a study whose runs have more metrics, given by variant and seed or for all."""
    for run in study.results.runs:
        run.metrics.update(metrics.get(run.key, metrics.get("all", {})))
    return boards(study_of(study.results, study.configs))


def test_errors_of_opposite_sign_do_not_cancel(known_pairs):
    found = with_metrics(
        known_pairs({"d2_n4": {"a": [0.5, 0.5], "b": [0.4, 0.4]}}),
        {
            ("d2_n4-a", 0): {"true_w1": 2.0, "true_w1_error": 1.0, "lipschitz_lower": 2.0},
            ("d2_n4-a", 1): {"true_w1": 2.0, "true_w1_error": -1.0, "lipschitz_lower": 0.5},
        },
    )
    row = cells(everything_else(found))["`a`"]
    assert row[2] == "0.50"
    assert row[3] == "0.875"  # 3 / 2 and 1 / 0.5, over 2


def test_the_best_generic_variant_and_the_best_of_all_are_bold(known_pairs):
    found = boards(
        known_pairs(
            {
                "d2_n4": {"max_of_cones": [0.9], "a": [0.5], "b": [0.4]},
                "wavy_d2": {"max_of_cones": [0.3], "a": [0.5], "b": [0.6]},
            }
        )
    )
    table = cosines(found)
    rows = cells(table)
    assert rows["`b`"][:2] == [".400", "**.600**"]
    assert rows["`a`"][:2] == ["**.500**", ".500"]
    assert rows["`max_of_cones` (prior)"][:2] == ["**.900**", ".300"]
    assert list(rows)[2] == "`max_of_cones` (prior)"


def test_what_is_not_complete_says_so_and_is_not_bold(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.9, 0.9, 0.9], "b": [0.4, 0.4, 0.4]}})
    runs = tuple(
        dataclasses.replace(run, status="failed") if run.key == ("d2_n4-a", 1) else run
        for run in study.results.runs
    )
    rows = cells(cosines(boards(study_of(dataclasses.replace(study.results, runs=runs), study.configs))))
    assert rows["`a`"][0] == "(.900, 2/3 seeds)"
    assert rows["`b`"][0] == "**.400 ± .000**"


@pytest.mark.parametrize("pair", ["wavy_d2", "d3_n4"])
def test_pairs_that_nobody_published_have_no_published_rows(known_pairs, pair):
    study = known_pairs({pair: {"a": [0.5], "b": [0.4]}})
    found = with_metrics(study, {"all": {"true_w1": 1.0, "true_w1_error": 0.5, "lipschitz_lower": 2.0}})
    assert list(cells(cosines(found))) == ["`a`", "`b`", "*floor: -\\"]
    assert list(cells(distances(found))) == ["*true*", "`a`", "`b`"]
    assert cells(distances(found))["`a`"] == ["1.50 (0.750)"]


def test_distances_are_those_of_the_first_variants(known_pairs):
    study = known_pairs({"d2_n4": {f"v{i:02}": [i / 100] for i in range(MOST + 5)}})
    found = with_metrics(study, {"all": {"true_w1": 1.0, "true_w1_error": 0.0, "lipschitz_lower": 1.0}})
    rows = [name for name in cells(distances(found)) if name.startswith("`")]
    assert rows == [f"`v{i:02}`" for i in range(MOST + 4, 4, -1)]
