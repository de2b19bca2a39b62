"""The figure of coupled segments: gradients read off a surface, and a drawing of made-up critics."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.artifacts import Surface
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.optimal_coupling import (
    SEGMENTS,
    VARIANT,
    coupled_segments,
    gradient_at,
)
from lipschitz_trainers.reports.scene import Overview

X, Y = np.linspace(-2, 2, 41), np.linspace(-1, 3, 51)


@given(*[st.floats(-3, 3)] * 4)
def test_gradients_of_a_quadratic_are_found_between_the_places_of_the_grid(a, b, c, d):
    surface = Surface(X, Y, a * X[None, :] ** 2 / 2 + b * Y[:, None] + c * X[None, :] * Y[:, None] + d)
    # Away from the border, where differences are one-sided.
    points = np.random.default_rng(0).uniform([-1.8, -0.8], [1.8, 2.8], (50, 2))
    wanted = np.stack([a * points[:, 0] + c * points[:, 1], b + c * points[:, 0]], axis=1)
    np.testing.assert_allclose(gradient_at(surface, points), wanted, atol=1e-9)


def test_each_set_that_is_there_is_drawn(tmp_path):
    random = np.random.default_rng(0)
    folder = tmp_path / "run" / "artifacts"
    folder.mkdir(parents=True)
    np.savez(
        folder / "samples.npz",
        real=random.normal(size=(100, 2), scale=0.2),
        fake=random.normal(size=(100, 2), scale=0.5),
    )
    np.savez(folder / "surface.npz", x=X, y=Y, values=-np.hypot(X[None, :], Y[:, None]))
    runs = (RunResult(f"scaled_gaussians-{VARIANT}", 0, "run", "done"),)
    left, right = coupled_segments(
        Overview(Study(tmp_path, Results("e", "quick", runs=runs), {}, ()), {})
    ).figure.axes
    assert len(left.get_lines()) == SEGMENTS
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["coupled", "paired at random"]
    assert coupled_segments(Overview(Study(tmp_path, Results("e", "quick"), {}, ()), {})) is None
