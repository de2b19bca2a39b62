"""The figure of slopes and what the penalty sees, from made-up runs."""

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.batch_norm_in_critic import own_and_seen
from lipschitz_trainers.reports.scene import Overview


def overview(*runs):
    return Overview(Study(None, Results("e", "quick", runs=runs), {}, ()), {})


def test_both_slopes_of_each_run_are_drawn_in_the_row_of_its_critic():
    runs = [
        RunResult(f"fixed-{name}", seed, "", "done", {"own_slope": own, "seen_slope": 1.0})
        for name, own in (("batch", 2.0), ("none", 1.0))
        for seed in (0, 1)
    ]
    (axis,) = own_and_seen(overview(*runs)).figure.axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["fixed-none", "fixed-batch"]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [
        "slope of the score",
        "what the penalty sees",
    ]
    own = [line.get_xdata().tolist() for line in axis.get_lines() if line.get_marker() == "o"]
    assert own == [[1.0, 1.0], [2.0, 2.0]]


def test_without_runs_there_is_nothing_to_draw():
    assert own_and_seen(overview()) is None
