"""The figure of the optimizers, from made-up logs."""

import json

import numpy as np

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.wgan_optimizers import stability
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants):
    for variant in variants:
        (folder / variant).mkdir()
        records = [
            {"step": i, "evaluation": {"w1": float(i), "update_cosine": -1.0 if i == 1 else 1.0}}
            for i in range(1, 9)
        ]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    runs = tuple(RunResult(variant, 0, variant, "done") for variant in variants)
    return stability(Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {}))


def test_curves_with_one_critic_step_and_a_point_for_every_run(tmp_path):
    names = ["rmsprop-1_critic_step", "adam_0.9_fast-1_critic_step", "rmsprop-100_critic_steps"]
    left, right = drawn(tmp_path, names).figure.axes
    assert [line.get_label() for line in left.get_lines()] == ["rmsprop", "adam 0.9 fast"]
    np.testing.assert_allclose(left.get_lines()[0].get_ydata(), [1, 1.5, 2, 2.5, 3, 4, 5, 6])
    points = np.concatenate([scatter.get_offsets() for scatter in right.collections])
    np.testing.assert_allclose(points, [[12.5, 6.5]] * 3)


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, []) is None
