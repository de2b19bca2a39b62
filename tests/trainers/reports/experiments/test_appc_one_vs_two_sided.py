"""The figure of paired distances, from made-up runs."""

import math

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.appc_one_vs_two_sided import paired_distances
from lipschitz_trainers.reports.scene import Overview


def overview(*pairs, ending=""):
    runs = tuple(
        RunResult(f"draw{i}-{side}{ending}", 0, "", "done", {"w1": w1})
        for i, both in enumerate(pairs)
        for side, w1 in zip(("one_sided", "two_sided"), both, strict=True)
    )
    return Overview(Study(None, Results("e", "quick", runs=runs), {}, ()), {})


def test_each_architecture_is_a_dot_on_the_side_of_the_one_that_ends_nearer():
    (axis,) = paired_distances(
        overview((0.2, 0.5), (0.3, 0.4), (0.6, 0.1), (0.3, 0.3), (0.2, math.nan), ending="_0.1")
    ).figure.axes
    diagonal, one, two, equal = (line.get_xydata().tolist() for line in axis.get_lines())
    assert one == [[0.2, 0.5], [0.3, 0.4]]
    assert two == [[0.6, 0.1]]
    assert equal == [[0.3, 0.3]]
    assert all(x == y for x, y in diagonal)
    assert [text.get_text() for text in axis.texts] == ["one-sided nearer: 2", "two-sided nearer: 1"]
    assert axis.get_title(loc="left") + axis.get_title() == "coefficient 0.1"


def test_without_pairs_there_is_nothing_to_draw():
    assert paired_distances(overview()) is None
    assert paired_distances(overview((math.nan, 0.1))) is None
