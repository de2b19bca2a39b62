"""The figure of critics of f-GANs, from made-up curves."""

import numpy as np
import torch

from lipschitz_trainers.analyses.experiments.loss_sensitive_and_energy_gans import line
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.loss_sensitive_and_energy_gans import (
    distances,
    optimal_critics,
)
from lipschitz_trainers.reports.scene import Overview

X = np.linspace(-4, 5, 201)


def drawn(folder, curves):
    for variant, values in curves.items():
        (folder / "runs" / variant / "artifacts").mkdir(parents=True)
        np.savez(folder / "runs" / variant / "artifacts" / "profile.npz", x=X, values=values)
    runs = tuple(RunResult(variant, 0, f"runs/{variant}", "done") for variant in curves)
    return optimal_critics(Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {}))


def test_optimal_scores_lie_on_the_optimal_curves(tmp_path):
    ratio = line().log_ratio(torch.from_numpy(X)).numpy()
    scores = {"kl": 1 + ratio, "neyman": 2 * ratio, "gan": ratio}
    drawing = drawn(tmp_path, {f"line-{name}": values for name, values in scores.items()})
    axes = drawing.figure.axes
    assert [axis.get_title(loc="left") or axis.get_title() for axis in axes] == list(scores)
    for axis in axes:
        best, critic = axis.get_lines()
        x = np.linspace(-2, 2, 9)
        want = np.interp(x, best.get_xdata(), best.get_ydata())
        np.testing.assert_allclose(
            np.interp(x, critic.get_xdata(), critic.get_ydata()), want, rtol=0.01, atol=0.01
        )
        assert critic.get_label() == "critic"


def test_without_critics_there_is_no_figure(tmp_path):
    assert drawn(tmp_path, {}) is None
    assert drawn(tmp_path, {"eight_gaussians-kl": X}) is None


def test_distances_are_shares_of_the_untrained_ones(tmp_path):
    runs = [
        RunResult("eight_gaussians-untrained", 0, "", "done", {"w1": 4.0}),
        RunResult("eight_gaussians-kl", 0, "", "done", {"w1": 1.0}),
        RunResult("eight_gaussians-penalized-reverse_kl", 0, "", "done", {"w1": 2.0}),
        RunResult("swiss_roll-kl", 0, "", "failed", error="training diverged: critic_loss became inf"),
    ]
    drawing = distances(Overview(Study(tmp_path, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))
    (axis,) = drawing.figure.axes
    plain, roll, penalized = axis.get_lines()[:3]
    assert (list(plain.get_xdata()), list(plain.get_ydata())) == ([0.25], [0])
    assert (list(penalized.get_xdata()), list(penalized.get_ydata())) == ([0.5], [1])
    assert np.isnan(roll.get_xdata()).all()
    assert [text.get_text() for text in axis.texts] == ["broke off: swiss_roll"]
    assert distances(Overview(Study(tmp_path, Results("e", "quick"), {}, ()), {})) is None
