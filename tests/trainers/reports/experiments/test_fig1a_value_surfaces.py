"""The figure of value surfaces, from made-up critics."""

import numpy as np

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.reports.experiments.fig1a_value_surfaces import ROWS, value_surfaces
from lipschitz_trainers.reports.scene import Overview

X = np.linspace(-3, 3, 31)


def overview(folder, surfaces):
    runs = []
    for variant, values in surfaces.items():
        artifacts = folder / variant / "artifacts"
        artifacts.mkdir(parents=True)
        np.savez(artifacts / "surface.npz", x=X, y=X, values=values)
        np.savez(artifacts / "samples.npz", real=np.zeros((7, 2)), fake=np.zeros((7, 2)))
        runs.append(RunResult(variant, 0, variant, "done"))
    return Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {})


def test_rows_are_constraints_and_columns_data(tmp_path):
    cone = -np.hypot(X[None, :], X[:, None])
    surfaces = {
        "swiss_roll-two_sided_gradient_penalty": cone,
        "eight_gaussians-weight_clipping": np.zeros_like(cone),
    }
    axes = np.reshape(value_surfaces(overview(tmp_path, surfaces)).figure.axes, (2, 3))
    assert [axis.get_title(loc="left") or axis.get_title() for axis in axes[0]] == [
        "eight_gaussians",
        "twenty_five_gaussians",
        "swiss_roll",
    ]
    assert [axis.get_ylabel().replace("\n", "") for axis in axes[:, 0]] == [
        "weight_clipping",
        "two_sided_gradient_penalty",
    ]
    drawn = axes[1, 2]
    # The corner of the paper's window, not of the grid.
    assert drawn.get_xlabel() == "−2.8 to 0"
    assert drawn.get_xlim() == (-2, 2)
    assert len(drawn.collections[-1].get_offsets()) == 7
    said = [[text.get_text() for text in axis.texts] for axis in axes.flat]
    assert said == [["flat or not finite"], ["not there"], ["not there"], ["not there"], ["not there"], []]


def test_without_surfaces_there_is_nothing_to_draw(tmp_path):
    assert value_surfaces(overview(tmp_path, {})) is None


def test_every_constraint_of_the_experiment_has_a_row(tmp_path):
    cone = -np.hypot(X[None, :], X[:, None])
    drawn = value_surfaces(overview(tmp_path, {f"swiss_roll-{row}": cone for row in ROWS}))
    assert len(drawn.figure.axes) == len(ROWS) * 3
    assert {f"swiss_roll-{row}" for row in ROWS} <= set(load_experiment("fig1a_value_surfaces").variants)
