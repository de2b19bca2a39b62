"""The figures of random architectures, from made-up scores."""

import math

import numpy as np

from lipschitz_trainers.analyses.experiments.table2_random_architectures import GAN, GP, PAPER
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.table2_random_architectures import successes, table
from lipschitz_trainers.reports.scene import Overview


def overview(*pairs):
    runs = [
        RunResult(f"draw{i}-{method}", 0, "", "done", {"classifier_score": score})
        for i, scores in enumerate(pairs)
        for method, score in zip((GAN, GP), scores, strict=True)
    ]
    return Overview(Study(None, Results("e", "quick", runs=tuple(runs)), {}, ()), {})


def test_shares_fall_with_the_threshold_and_every_pair_is_a_point():
    left, right = successes(overview((2.2, 6.2), (math.nan, 3.2))).figure.axes
    curves = {line.get_label(): line for line in left.get_lines()}
    assert set(curves) == {"standard GAN, ours", "WGAN-GP, ours", "standard GAN, paper", "WGAN-GP, paper"}
    at = list(PAPER).index(2.5)
    shares = [curves[f"{name}, ours"].get_ydata() for name in ("standard GAN", "WGAN-GP")]
    assert [share[0] for share in shares] == [0.5, 1.0]
    assert [share[at] for share in shares] == [0.0, 1.0]
    np.testing.assert_allclose(curves["WGAN-GP, paper"].get_ydata()[at], 199 / 200)
    np.testing.assert_allclose(right.collections[0].get_offsets(), [[2.2, 6.2], [1.0, 3.2]])


def test_the_table_has_all_thresholds_with_ours_beside_the_papers():
    drawing = table(overview((2.2, 6.2), (1.2, 3.2)))
    (axis,) = drawing.figure.axes
    rows = {}
    for text in axis.texts:
        rows.setdefault(round(text.get_position()[1], 2), []).append(text.get_text())
    body = [row for place, row in sorted(rows.items()) if place > 1.8]
    assert [row[0] for row in body] == [f"{threshold:.1f}" for threshold in PAPER]
    assert body[4] == ["3.0", "0", "2", "0", "0", "1", "88", "110", "1"]
    assert "must not be compared" in drawing.caption


def test_without_pairs_there_is_nothing_to_draw():
    assert successes(overview()) is None
    assert table(overview()) is None
