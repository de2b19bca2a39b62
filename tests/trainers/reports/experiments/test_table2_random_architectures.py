"""The figures of random architectures, from made-up scores."""

import math

import numpy as np

from lipschitz_trainers.analyses.experiments.table2_random_architectures import GAN, GP, PAPER
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.reports.experiments.table2_random_architectures import NAMES, successes, table
from lipschitz_trainers.reports.scene import Overview


def overview(*pairs):
    runs = [
        RunResult(
            f"draw{i}-{method}", 0, "", "done", {"classifier_score": score, "classifier_score_floor": 9.03}
        )
        for i, scores in enumerate(pairs)
        for method, score in zip((GAN, GP), scores, strict=True)
    ]
    configs = {
        run.key: {
            "dataset": "digits",
            "evaluation": {"samples": 500, "metrics": [{"name": "classifier_score"}]},
        }
        | {player: {"optimizer": {"lr": rate}} for player in ("generator", "critic")}
        for run in runs
        for rate in [{GP: 1e-3, GAN: 2e-3}[run.variant.partition("-")[2]]]
    }
    return Overview(study_of(Results("e", "quick", runs=tuple(runs)), configs), {})


MADE = "classifier score (small classifier of these data, 500 images; not the Inception score; 500 real images: 9.03)"


def flat(text):
    return text.replace("\n", " ")


def test_shares_fall_with_the_threshold_and_every_pair_is_a_point():
    drawing = successes(overview((2.2, 6.2), (math.nan, 3.2)))
    ours, papers, each = drawing.figure.axes
    curves, published = ({line.get_label(): line for line in axis.get_lines()} for axis in (ours, papers))
    at = list(PAPER).index(2.5)
    shares = [curves[name].get_ydata() for name in NAMES]
    assert [share[0] for share in shares] == [0.5, 1.0]
    assert [share[at] for share in shares] == [0.0, 1.0]
    np.testing.assert_allclose(published["WGAN-GP"].get_ydata()[at], 199 / 200)
    np.testing.assert_allclose(each.collections[0].get_offsets(), [[2.2, 6.2], [1.0, 3.2]])


def test_no_axis_has_two_scores_and_each_says_which_it_has():
    """A picture that is copied out of the page must not mislead."""
    drawing = successes(overview((2.2, 6.2), (math.nan, 3.2)))
    ours, papers, each = drawing.figure.axes
    assert flat(ours.get_xlabel()) == f"smallest {MADE}"
    assert flat(each.get_xlabel()) == f"as a standard GAN: {MADE}"
    assert flat(papers.get_xlabel()).startswith("smallest Inception score (of the paper")
    titles = [axis.get_title() for axis in (ours, papers, each)]
    assert titles == [
        "this study, 2 architectures",
        "the paper, 200 architectures",
        "this study, by architecture",
    ]
    assert [line.get_label() for line in papers.get_lines()] == list(NAMES)
    assert [line.get_xdata()[0] for line in ours.get_lines()][-1] == 9.03
    assert "not the panels" in drawing.caption
    assert "is 10 times the paper's;" in drawing.caption


def test_the_table_has_all_thresholds_of_ours_and_of_the_paper_each_under_its_score():
    drawing = table(overview((2.2, 6.2), (1.2, 3.2)))
    heads, bodies = [], []
    for axis in drawing.figure.axes:
        rows = {}
        for text in axis.texts:
            rows.setdefault(round(text.get_position()[1], 2), []).append(flat(text.get_text()))
        *head, columns = [row for place, row in sorted(rows.items()) if place < 4]
        heads.append(" ".join(row[0] for row in head))
        assert columns == ["score above", "only GAN", "only WGAN-GP", "both", "neither"]
        bodies.append([row for place, row in sorted(rows.items()) if place > 4])
    assert heads[0] == f"this study, 2 architectures, by {MADE}"
    assert heads[1].startswith("the paper, 200 architectures, by Inception score (")
    assert all([row[0] for row in body] == [f"{threshold:.1f}" for threshold in PAPER] for body in bodies)
    assert [body[4] for body in bodies] == [["3.0", "0", "2", "0", "0"], ["3.0", "1", "88", "110", "1"]]
    assert "must not be compared" in drawing.caption


def test_without_pairs_there_is_nothing_to_draw():
    assert successes(overview()) is None
    assert table(overview()) is None
