"""The figure of discriminator and critics, from made-up curves."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.wgan_discriminator_vs_critic import values_and_slopes
from lipschitz_trainers.reports.scene import Overview

X = np.linspace(-10, 10, 201)


def drawn(folder, curves):
    for variant, values in curves.items():
        (folder / "runs" / variant / "artifacts").mkdir(parents=True)
        np.savez(folder / "runs" / variant / "artifacts" / "profile.npz", x=X, values=values)
    runs = tuple(RunResult(variant, 0, f"runs/{variant}", "done") for variant in curves)
    return values_and_slopes(Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {}))


def test_critics_are_scaled_to_fall_by_one_between_the_means(tmp_path):
    drawing = drawn(tmp_path, {"discriminator": -10 * X, "weight_clipping": 7 - 0.01 * X})
    left, right = drawing.figure.axes
    step, critic = left.get_lines()
    np.testing.assert_allclose(np.interp([-5, 5], X, critic.get_ydata()), [1, 0], atol=1e-6)
    np.testing.assert_allclose(step.get_ydata(), 1 / (1 + np.exp(10 * X)), rtol=1e-4)
    assert [line.get_label() for line in right.get_lines()] == ["log(1 - D)", "weight_clipping"]
    np.testing.assert_allclose(right.get_lines()[1].get_ydata(), 0.01, rtol=1e-3)


@pytest.mark.parametrize("name", ["discriminator", "one_sided_gradient_penalty"])
def test_it_is_drawn_of_what_is_there(tmp_path, name):
    assert len(drawn(tmp_path, {name: -X}).figure.axes[1].get_lines()) == 1


def test_a_flat_critic_is_drawn_and_nothing_is_not(tmp_path):
    assert drawn(tmp_path, {"weight_clipping": 0 * X}) is not None
    assert drawn(tmp_path, {}) is None
