"""The figure of the parallel lines, from made-up runs."""

import math

import pytest

from lipschitz_trainers.analyses.experiments.wgan_parallel_lines import METHODS, THETAS
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.wgan_parallel_lines import divergences
from lipschitz_trainers.reports.scene import Overview

METRICS = (
    "translation_gradient_1",
    "jensen_shannon",
    "jensen_shannon_gradient_1",
    "total_variation",
    "kullback_leibler",
)


def drawn(methods):
    runs = tuple(
        RunResult(
            f"{method}-theta={theta}",
            0,
            "",
            "done",
            dict.fromkeys(METRICS, 0.5) | {"critic_w1": 3 * abs(float(theta))},
        )
        for method in methods
        for theta in THETAS
    )
    return divergences(Overview(Study(None, Results("e", "quick", runs=runs), {}, ()), {}))


def test_what_was_measured_is_drawn_over_theta():
    left, middle, low, right = drawn(METHODS).figure.axes
    assert left.get_legend().get_texts()[-1].get_text() == "weight_clipping / 3"
    by_label = {line.get_label(): line for line in left.get_lines()}
    assert list(by_label["weight_clipping / 3"].get_ydata()) == pytest.approx([abs(float(t)) for t in THETAS])
    assert list(by_label["one_sided_gradient_penalty"].get_xdata()) == [float(theta) for theta in THETAS]
    assert [line.get_ydata()[0] for line in middle.get_lines()][:2] == [math.log(2)] * 2
    bounds, closed = low.get_lines()
    assert list(bounds.get_ydata()) == [0.5] * len(THETAS)
    assert (list(closed.get_ydata()), len(low.texts)) == ([0], 4)  # arrows to infinity
    assert len(right.get_lines()) == 5


def test_the_legend_of_the_gradients_covers_no_point():
    figure = drawn(METHODS).figure
    figure.draw_without_rendering()
    right = figure.axes[-1]
    box = right.get_legend().get_window_extent()
    # Where closed forms lead points to be: -1 left of 0, 1 right of it, 0 everywhere.
    for theta in map(float, THETAS):
        for value in (0.0, math.copysign(1.0, theta)):
            assert not box.contains(*right.transData.transform((theta, value)))


def test_it_is_drawn_of_what_is_there():
    left = drawn(["discriminator"]).figure.axes[0]
    assert "weight_clipping" not in "".join(text.get_text() for text in left.get_legend().get_texts())
    assert drawn([]) is None
