"""The figures of losses beside distances, from made-up logs."""

import json
import math

import numpy as np

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.wgan_loss_correlates import critics, discriminators
from lipschitz_trainers.reports.scene import Overview


def overview(folder, variants):
    for variant in variants:
        (folder / variant).mkdir(parents=True)
        records = [
            {"step": 1, "critic_loss": -2.0},
            {"step": 2, "critic_loss": -1.0},
            {"step": 2, "evaluation": {"w1": 3.0}},
        ]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    runs = tuple(RunResult(variant, 0, variant, "done") for variant in variants)
    return Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {})


def test_losses_above_distances_in_the_panel_of_their_generator(tmp_path):
    here = overview(tmp_path, ["mlp-weight_clipping", "fast-gan"])
    axes = critics(here).figure.axes
    assert [len(axis.get_lines()) for axis in axes] == [1, 0, 0, 1, 0, 0]
    np.testing.assert_allclose(axes[0].get_lines()[0].get_xydata(), [[1, 1], [2, 0.5]])
    np.testing.assert_allclose(axes[3].get_lines()[0].get_xydata(), [[2, 3]])
    axes = discriminators(here).figure.axes
    assert [len(axis.get_lines()) for axis in axes] == [1, 1, 2, 0, 0, 1]  # one is log 2
    np.testing.assert_allclose(axes[2].get_lines()[0].get_ydata(), math.log(2) + np.array([1.0, 0.5]))


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert critics(overview(tmp_path, [])) is None
    assert discriminators(overview(tmp_path, [])) is None


def test_the_failing_variant_has_axes_of_its_own(tmp_path):
    for draw in (critics, discriminators):
        here = overview(
            tmp_path / draw.__name__, ["mlp-weight_clipping", "mlp-gan", "fast-weight_clipping", "fast-gan"]
        )
        axes = np.reshape(draw(here).figure.axes, (2, 3))
        for row in axes:
            assert row[1] in row[0].get_shared_y_axes().get_siblings(row[0])
            assert row[0].get_shared_y_axes().get_siblings(row[2]) == [row[2]]
