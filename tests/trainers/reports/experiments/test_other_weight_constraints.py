"""The figure of gradients by layer, from made-up runs."""

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment
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


def test_every_constraint_and_the_control_are_drawn_each_in_its_own_way():
    metrics = {"layer_count": 1.0, "layer_gradient_1": 0.0}
    variants = [
        name for name in load_experiment("other_weight_constraints").variants if name.startswith("deep-")
    ]
    runs = [RunResult(name, 0, "", "done", metrics) for name in variants]
    lines = deep_gradients(overview(*runs)).figure.axes[0].get_lines()
    assert {f"deep-{line.get_label()}" for line in lines} == set(variants)
    assert len({(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}) == len(lines)


def test_without_deep_critics_there_is_nothing_to_draw():
    assert deep_gradients(overview()) is None
