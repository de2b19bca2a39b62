"""The pictures of the leaderboard, from made-up runs."""

import json

import numpy as np

from lipschitz_trainers.analyses.ranking import rank
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.reports.leaderboards import LINEAR, PUBLISHED, RADIAL, curves, leaderboard
from lipschitz_trainers.reports.scene import Overview
from lipschitz_trainers.reports.style import looks

RUNS = {"d16_n64": {"a": [0.5, 0.7], "b": [0.3, 0.3]}, "wavy_d2": {"a": [0.9, 0.9], "b": [0.1, 0.2]}}


def overview(study):
    rankings = [rank(group) for group in study.groups]
    return Overview(study, looks(row.variant.label for ranking in rankings for row in ranking.rows))


def test_a_row_a_variant_a_column_a_pair_and_what_to_compare_with_below(known_pairs):
    (axis,) = leaderboard(overview(known_pairs(RUNS))).figure.axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", PUBLISHED, RADIAL]
    assert [text.get_text() for text in axis.get_xticklabels()] == ["d16\nn64", "wavy\nd2"]
    shown = np.asarray(axis.get_images()[0].get_array())
    np.testing.assert_allclose(shown, [[0.6, 0.9], [0.3, 0.15], [0.785, 0.0], [0.25, 0.25]])
    texts = [text.get_text() for text in axis.texts]
    assert texts[0] == ".600 ±.141"
    assert texts[4:] == [".785", "–", ".250", ".250"]


def test_networks_with_a_prior_are_marked_and_the_linear_floor_is_there(known_pairs):
    study = known_pairs({"wavy_d16": {"max_of_cones": [0.95], "silu_mlp": [0.9]}})
    for run in study.results.runs:
        run.metrics["cosine_linear_floor"] = 0.682
    (axis,) = leaderboard(overview(study)).figure.axes
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert names == ["silu_mlp", "max_of_cones (prior)", RADIAL, LINEAR]
    assert [text.get_text() for text in axis.texts] == [".900", ".950", ".250", ".682"]


def test_every_pair_has_curves_with_both_floors(known_pairs):
    pairs = [f"d{d}_n{n}" for n in (4, 16, 64, 256) for d in (2, 4, 8, 16, 32, 64, 128)]
    study = known_pairs({pair: {"a": [0.5]} for pair in pairs})
    for run in study.results.runs:
        run.metrics["cosine_linear_floor"] = 0.1
    figure = curves(overview(study)).figure
    assert [axis.get_title() for axis in figure.axes] == [pair.replace("_", " ") for pair in pairs]
    levels = [line.get_ydata()[0] for line in figure.axes[-1].get_lines() if len(line.get_ydata())]
    assert levels == [0.25, 0.1, 0.612]


def test_without_published_pairs_there_is_no_row_for_them(known_pairs):
    (axis,) = leaderboard(overview(known_pairs({"wavy_d2": RUNS["wavy_d2"]}))).figure.axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", RADIAL]


def test_curves_of_every_seed(known_pairs, tmp_path):
    made = known_pairs(RUNS)
    for run in made.results.runs:
        folder = tmp_path / run.directory
        folder.mkdir(parents=True)
        lines = [{"step": step, "evaluation": {"cosine": step / 10}} for step in (1, 2, 3)]
        (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    figure = curves(overview(study_of(made.results, made.configs, tmp_path))).figure
    assert [axis.get_title() for axis in figure.axes] == ["d16 n64", "wavy d2"]
    drawn = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 3]
    assert len(drawn) == 4
    np.testing.assert_allclose(drawn[0].get_ydata(), [0.1, 0.2, 0.3])


def test_without_runs_there_is_nothing_to_draw(known_pairs):
    empty = Overview(known_pairs({}), {})
    assert leaderboard(empty) is None
    assert curves(empty) is None
