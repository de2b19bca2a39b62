"""The figure of the Dirac-GAN's trajectories, from made-up logs."""

import json

import numpy as np

from lipschitz_trainers.analyses.experiments.dirac_gan import CIRCLING, CONVERGING
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.dirac_gan import phase_portraits
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, variants):
    for variant in variants:
        (folder / variant).mkdir()
        records = [{"step": i, "evaluation": {"dirac_theta": 0.5 / i, "dirac_psi": -0.1 * i}} for i in (1, 2)]
        (folder / variant / "metrics.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    runs = tuple(RunResult(variant, 0, variant, "done") for variant in variants)
    return phase_portraits(Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {}))


def test_a_panel_for_each_variant_with_a_trajectory_from_the_start(tmp_path):
    axes = drawn(tmp_path, ["wgan", "r1", "spectral_norm"]).figure.axes
    panels = {axis.get_title("left") or axis.get_title(): axis for axis in axes if axis.lines}
    assert set(panels) == {"wgan", "spectral_norm", "r1"}
    path, end = panels["r1"].get_lines()
    np.testing.assert_allclose(path.get_xydata(), [[1, 1], [0.5, -0.1], [0.25, -0.2]])
    np.testing.assert_allclose(end.get_xydata(), [[0.25, -0.2]])
    assert len(panels["r1"].collections) == 1  # the field
    assert not panels["spectral_norm"].collections


def test_both_axes_are_named_at_the_edges_of_the_grid(tmp_path):
    figure = drawn(tmp_path, [*CIRCLING, *CONVERGING]).figure
    by_column = {}
    for axis in figure.axes:
        place = axis.get_subplotspec()
        by_column.setdefault(place.colspan.start, []).append(axis)
        assert (axis.get_ylabel() == "psi") is place.is_first_col()
    for column in by_column.values():
        assert [axis.get_xlabel() for axis in column] == [""] * (len(column) - 1) + ["theta"]


def test_a_slope_that_is_fixed_is_so_from_the_start(tmp_path):
    (axis,) = drawn(tmp_path, ["gradient_normalization"]).figure.axes
    np.testing.assert_allclose(axis.get_lines()[0].get_xydata()[0], [1, 0.5])


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, []) is None
