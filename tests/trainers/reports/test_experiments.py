"""Figures of single experiments: found by the name of the analysis, drawn at the head of the report."""

import json
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments import analysis_names
from lipschitz_trainers.reports import experiments as package
from lipschitz_trainers.reports import write_report
from lipschitz_trainers.reports.experiments import drawers
from lipschitz_trainers.reports.scene import Drawing


def test_an_analysis_without_figures_has_none():
    assert drawers("comparison") == ()


def test_figures_belong_to_an_analysis():
    named = {path.stem for path in Path(package.__path__[0]).glob("[a-z]*.py")}
    assert named <= set(analysis_names())
    assert all(drawers(name) for name in named)


def test_they_stand_before_the_others(synthetic, tmp_path, monkeypatch):
    drawing = Drawing("whole", "The whole experiment", "All of it.", Figure())
    monkeypatch.setattr(
        "lipschitz_trainers.reports.figures.drawers",
        lambda name: (lambda overview: drawing, lambda overview: None),
    )
    page = write_report(synthetic.build(tmp_path, seeds=1, lines=2)).read_text()
    assert (tmp_path / "figures" / "whole.png").exists()
    assert page.index("The whole experiment") < page.index("How steep the critic is")


def test_gradient_norms_are_drawn_from_what_the_runs_left(synthetic, tmp_path):
    names = ("clipping_0.01", "two_sided_gradient_penalty")
    folder = synthetic.build(
        tmp_path,
        constraints=("weight_clipping", names[1]),
        seeds=2,
        lines=2,
        analysis={"name": "fig1b_gradient_norms"},
    )
    results = json.loads((folder / "results.json").read_text())
    for run in results["runs"]:
        run["metrics"] |= {"layer_count": 2.0, "layer_gradient_1": -1.0, "layer_gradient_2": 0.0}
        artifacts = folder / run["directory"] / "artifacts"
        artifacts.mkdir(exist_ok=True)
        np.savez(artifacts / "weights.npz", edges=np.linspace(-1, 1, 4), counts=np.ones(3))
    synthetic.write_results(folder, results)
    assert "Gradients by layer, and weights" in write_report(folder).read_text()
    assert (folder / "figures" / "gradient_norms.png").exists()
