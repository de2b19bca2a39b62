"""The leaderboard, from made-up runs."""

import math

import pytest

from lipschitz_trainers.analyses.leaderboard import boards, by_mean, cosine_text, margins
from lipschitz_trainers.truth.published import published

RUNS = {
    "wavy_d2": {"a": [0.9], "b": [0.8]},
    "d16_n64": {"a": [0.6, 0.8], "b": [0.5, 0.5]},
    "d2_n4": {"a": [0.3], "b": [0.4]},
}


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
