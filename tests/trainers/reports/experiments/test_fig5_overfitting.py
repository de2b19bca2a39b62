"""The figure of training and validation losses, from made-up logs."""

import json

import numpy as np

from lipschitz_trainers.analyses.experiments.fig5_overfitting import CLIP, GP
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.fig5_overfitting import curves
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants):
    runs = []
    for variant in variants:
        (folder / variant).mkdir()
        records = [
            {
                "step": i,
                "evaluation": {
                    "negative_critic_loss_train_with_penalty": 2.0,
                    "negative_critic_loss_validation_with_penalty": 2.0 - i / 10,
                },
            }
            for i in range(1, 11)
        ]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
        runs.append(RunResult(variant, 0, variant, "done"))
    return curves(Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))


def test_a_panel_for_each_variant_with_both_curves(tmp_path):
    axes = drawn(tmp_path, [CLIP, GP]).figure.axes
    assert len(axes) == 2
    for axis in axes:
        train, validation = axis.get_lines()
        np.testing.assert_allclose(train.get_ydata(), 2.0)
        assert validation.get_ydata()[5] == 1.4  # in the middle a median of five changes nothing


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, []) is None
