"""The leaderboard, from made-up runs."""

import dataclasses
import math

import pytest

from lipschitz_trainers.analyses.leaderboard import boards, by_mean, cosine_text, leaders, margins, planned
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.truth.published import published

RUNS = {
    "wavy_d2": {"a": [0.9], "b": [0.8]},
    "d16_n64": {"a": [0.6, 0.8], "b": [0.5, 0.5]},
    "d2_n4": {"a": [0.3], "b": [0.4]},
}


def failing(study, *keys):
    """Return the same study in which some runs have failed."""
    runs = tuple(
        dataclasses.replace(run, status="failed") if run.key in keys else run for run in study.results.runs
    )
    return study_of(dataclasses.replace(study.results, runs=runs), study.configs)


def test_pairs_stand_in_order_and_rows_best_first(known_pairs):
    found = boards(known_pairs(RUNS))
    assert [board.title for board in found] == ["d2 n4", "d16 n64", "wavy d2"]
    assert [[row.variant.label for row in board.ranking.rows] for board in found] == [
        ["b", "a"],
        ["a", "b"],
        ["a", "b"],
    ]
    assert [board.floor for board in found] == [0.25] * 3
    assert found[1].cosine("a") == pytest.approx(0.7)
    assert found[1].row("a").main.std == pytest.approx(0.1414, abs=1e-4)
    assert found[1].best(["a", "b", "c"]) == ("a", pytest.approx(0.7))


def test_dimensions_are_ordered_as_numbers(known_pairs):
    pairs = ["wavy_d16", "d128_n4", "d16_n4", "wavy_d2", "d2_n4", "d16_n16"]
    found = boards(known_pairs({pair: {"a": [0.5]} for pair in pairs}))
    assert [board.title for board in found] == [
        "d2 n4",
        "d16 n4",
        "d128 n4",
        "d16 n16",
        "wavy d2",
        "wavy d16",
    ]


def test_variants_with_a_result_on_every_pair_come_first(known_pairs):
    found = boards(
        known_pairs({"d2_n4": {"a": [0.3], "b": [0.5], "c": [0.9]}, "d16_n4": {"a": [0.3], "b": [0.2]}})
    )
    assert by_mean(found) == ["b", "a", "c"]
    assert found[0].seconds("a") == 60
    assert math.isnan(found[1].seconds("c"))


def test_what_is_not_there_is_not_a_number(known_pairs):
    (board,) = boards(known_pairs({"d2_n4": {"a": [math.nan], "b": [0.4]}}))
    assert math.isnan(board.cosine("a"))
    assert math.isnan(board.cosine("c"))
    assert board.row("c") is None
    assert board.best(["a", "c"]) == ("", pytest.approx(math.nan, nan_ok=True))


def test_published_results_stand_beside_published_pairs_only(known_pairs):
    official, other, smooth = boards(
        known_pairs({"d2_n4": {"a": [0]}, "d3_n4": {"a": [0]}, "wavy_d2": {"a": [0]}})
    )
    assert official.published == published(2, 4)
    assert official.best_published == ("wgan_qp", 0.859)
    for board in (other, smooth):
        assert board.published == {}
        assert board.best_published == ("", pytest.approx(math.nan, nan_ok=True))


@pytest.mark.parametrize("change", [{"seed": 1}, {"power": 2.0}, {"side": "q"}])
def test_a_pair_with_other_settings_is_not_the_published_one(known_pairs, change):
    study = known_pairs({"d2_n4": {"a": [0.5]}})
    for config in study.configs.values():
        config["dataset"].update(change)
    assert boards(study)[0].published == {}


def test_runs_without_cosines_are_left_out(known_pairs):
    assert boards(known_pairs({"d2_n4": {"a": [math.nan]}})) == ()


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([], None),
        ([("x", 0.5, 0.5)], True),
        ([("x", 0.5, 0.4), ("y", 0.5, 0.6)], False),
        ([("x", 0.5, 0.4), ("y", math.nan, 0.6)], None),
    ],
)
def test_margins_hold_if_every_pair_reaches_its_bound(rows, holds):
    text, verdict = margins(rows)
    assert verdict is holds
    assert all(f"{pair} {cosine_text(value)} ({cosine_text(bound)})" in text for pair, value, bound in rows)


def test_a_variant_of_which_a_seed_failed_has_no_mean(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.3, 0.3, 0.99], "b": [0.4, 0.4, 0.4]}})
    (board,) = boards(failing(study, ("d2_n4-a", 0), ("d2_n4-a", 1)))
    assert math.isnan(board.cosine("a"))
    assert board.row("a").main.mean == 0.99
    assert board.best(["a", "b"]) == ("b", pytest.approx(0.4))
    assert by_mean([board]) == ["b", "a"]


def test_variants_none_of_which_is_complete_are_still_listed(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.3, 0.3], "b": [0.4, 0.4]}})
    (board,) = boards(failing(study, ("d2_n4-a", 0), ("d2_n4-b", 0)))
    assert set(by_mean([board])) == {"a", "b"}
    assert leaders(board) == set()


def test_the_longest_run_counts_for_a_limit_and_one_that_failed_is_not_known(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.3, 0.3], "b": [0.3]}})
    study.results.runs[1].metrics["cpu_seconds"] = 100.0
    (board,) = boards(study_of(study.results, study.configs))
    assert (board.seconds("a"), board.most_seconds("a")) == (80.0, 100.0)
    (board,) = boards(failing(study, ("d2_n4-a", 0)))
    assert math.isnan(board.most_seconds("a"))
    assert math.isnan(board.most_seconds("c"))


@pytest.mark.parametrize(("linear", "higher"), [(0.1, 0.25), (0.7, 0.7), (math.nan, 0.25)])
def test_the_higher_floor_is_that_of_the_better_trivial_critic(known_pairs, linear, higher):
    study = known_pairs({"wavy_d2": {"a": [0.3]}})
    study.results.runs[0].metrics["cosine_linear_floor"] = linear
    (board,) = boards(study)
    assert board.higher_floor == higher
    assert board.linear_floor == pytest.approx(linear, nan_ok=True)


def test_networks_with_a_prior_stand_after_the_others(known_pairs):
    (board,) = boards(known_pairs({"d2_n4": {"max_of_cones": [0.9], "silu_mlp": [0.5], "b": [0.6]}}))
    assert by_mean([board]) == ["b", "silu_mlp", "max_of_cones"]
    assert leaders(board) == {"b", "max_of_cones"}


def test_planned_are_also_those_without_any_result(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.3], "b": [0.5]}, "d3_n4": {"a": [0.3]}, "wavy_d2": {"a": [0.1]}})
    gone = failing(study, ("d2_n4-a", 0))
    assert planned(gone, ["a"]) == ["d2_n4-a", "d3_n4-a", "wavy_d2-a"]
    assert planned(gone, ["a", "b"], "d2_*") == ["d2_n4-a", "d2_n4-b"]
