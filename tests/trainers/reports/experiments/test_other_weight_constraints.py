"""The figure of gradients by layer, from made-up runs."""

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.other_weight_constraints import deep_gradients
from lipschitz_trainers.reports.scene import Overview


def overview(*runs):
    return Overview(Study(None, Results("e", "quick", runs=runs), {}, ()), {})


def test_each_deep_critic_is_a_curve_from_output_to_input():
    metrics = {
        "layer_count": 3.0,
        "layer_gradient_1": -4.0,
        "layer_gradient_2": -2.0,
        "layer_gradient_3": 0.0,
    }
    vanished = {key: value for key, value in metrics.items() if key != "layer_gradient_1"}
    (axis,) = deep_gradients(
        overview(
            RunResult("deep-weight_clipping", 0, "", "done", metrics),
            RunResult("deep-l2_norm_clipping", 0, "", "done", vanished),
            RunResult("eight_gaussians-l1_weight_decay", 0, "", "done", metrics),
        )
    ).figure.axes
    assert axis.xaxis_inverted()
    assert [line.get_label() for line in axis.get_lines()] == ["weight_clipping", "l2_norm_clipping"]
    assert axis.get_lines()[0].get_xydata().tolist() == [[1, -4], [2, -2], [3, 0]]


def test_without_deep_critics_there_is_nothing_to_draw():
    assert deep_gradients(overview()) is None
