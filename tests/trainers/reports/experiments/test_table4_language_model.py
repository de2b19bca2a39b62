"""The figure of n-gram divergences, from made-up logs."""

import json

import numpy as np

from lipschitz_trainers.analyses.experiments.table4_language_model import KEY
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.table4_language_model import divergences
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants):
    runs = []
    for variant in variants:
        (folder / variant).mkdir()
        records = [
            {
                "step": i,
                "evaluation": {
                    KEY: 0.4 / i,
                    **{f"{KEY}_{n}": n / 10 / i for n in range(1, 5)},
                    **{f"{KEY}_floor_{n}": n / 100 for n in range(1, 5)},
                },
            }
            for i in (1, 2)
        ]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
        runs.append(RunResult(variant, 0, variant, "done"))
    return divergences(Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))


def test_a_panel_for_each_length_with_a_line_and_a_floor_for_each_run(tmp_path):
    axes = drawn(tmp_path, ["two_sided_gradient_penalty", "standard_gan"]).figure.axes
    assert [len(axis.get_lines()) for axis in axes] == [4] * 4
    np.testing.assert_allclose(axes[2].get_lines()[0].get_xydata(), [[1, 0.3], [2, 0.15]])
    np.testing.assert_allclose(axes[2].get_lines()[1].get_ydata(), 0.03)


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, []) is None
