"""The figure of convergence, from made-up logs."""

import json

import numpy as np
import pytest

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.fig3_cifar10_convergence import convergence
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants, **metrics):
    runs = []
    for variant in variants:
        (folder / variant).mkdir()
        records = [
            entry
            for i in range(1, 11)
            for entry in (
                {"step": i, "critic_steps": 5 * i},
                {"step": i, "evaluation": {"classifier_score": 1 + i / 10}},
            )
        ]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
        found = {"classifier_score": 2.0, "classifier_score_floor": 9.0, "classifier_score_samples": 500.0}
        runs.append(RunResult(variant, 0, variant, "done", found, wall_seconds=50.0))
    return convergence(Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))


def test_one_panel_by_iterations_and_one_by_seconds(tmp_path):
    left, right = drawn(tmp_path, ["weight_clipping", "dcgan"]).figure.axes
    labels = [line.get_label() for line in left.get_lines()]
    assert labels[:2] == ["weight clipping", "DCGAN"]
    assert "500 real images: 9.00" in labels
    np.testing.assert_allclose(left.get_lines()[0].get_xdata(), np.arange(1, 11))
    np.testing.assert_allclose(right.get_lines()[0].get_xdata(), 5 * np.arange(1, 11))
    np.testing.assert_allclose(right.get_lines()[0].get_ydata(), 1 + np.arange(1, 11) / 10)
    assert left.get_ylabel().replace("\n", " ") == (
        "classifier score (small classifier of these data, 500 images; not the Inception score)"
    )


@pytest.mark.parametrize("variants", [[], ["another"]])
def test_nothing_is_drawn_of_nothing(tmp_path, variants):
    assert drawn(tmp_path, variants) is None
