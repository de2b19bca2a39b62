"""The figure of penalized standard GANs, from made-up logs."""

import json

import numpy as np

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.penalty_on_standard_gan import distances
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants, seeds=2):
    runs = []
    for variant in variants:
        for seed in range(seeds):
            name = f"{variant}-seed{seed}"
            (folder / name).mkdir()
            records = [{"step": i, "evaluation": {"w1": 1.0 / i + seed}} for i in (1, 2)]
            (folder / name / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
            runs.append(RunResult(variant, seed, name, "done"))
    return distances(Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))


def test_a_panel_for_each_objective_with_a_line_for_each_run(tmp_path):
    axes = drawn(tmp_path, ["minimax-none", "minimax-two_sided_gradient_penalty"]).figure.axes
    lines = {axis.get_title("left") or axis.get_title(): axis.get_lines() for axis in axes}
    assert {title: len(found) for title, found in lines.items()} == {
        "non_saturating": 0,
        "minimax": 4,
        "least_squares": 0,
    }
    np.testing.assert_allclose(lines["minimax"][1].get_xydata(), [[1, 2], [2, 1.5]])


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, []) is None
