"""The figure of gradients by layer and weights, from made-up runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.artifacts import WeightHistogram
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Group, Study, Variant
from lipschitz_trainers.reports.experiments.fig1b_gradient_norms import gradient_norms, rebinned
from lipschitz_trainers.reports.scene import Overview
from lipschitz_trainers.reports.style import looks


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 30), st.floats(1, 3))
def test_all_weights_are_in_the_new_bins_if_those_reach_as_far(counts, bins, reach):
    found = WeightHistogram(np.linspace(-1, 1, len(counts) + 1), np.array(counts, float))
    edges = np.linspace(-reach, reach, bins + 1)
    new = rebinned(found, edges)
    assert (new >= 0).all()
    assert new.sum() == pytest.approx(sum(counts))
    # Bins of the same place and size hold what they held.
    np.testing.assert_allclose(rebinned(found, found.edges), counts)


def test_weights_at_the_bounds_are_two_wide_bars_and_untrained_critics_no_curves(tmp_path):
    names = ("clipping_0.01", "two_sided_gradient_penalty", "untrained_clipping_0.01")
    metrics = {"layer_count": 2.0, "layer_gradient_1": -1.0, "layer_gradient_2": 0.0}
    counts = np.zeros(1001)
    counts[[0, -1]] = 45
    for name in names:
        (tmp_path / name / "artifacts").mkdir(parents=True)
        np.savez(
            tmp_path / name / "artifacts" / "weights.npz", edges=np.linspace(-0.01, 0.01, 1002), counts=counts
        )
    runs = tuple(RunResult(name, 0, name, "done", metrics) for name in names)
    group = Group("swiss_roll", tuple(Variant(run.variant, run.variant, (run,)) for run in runs))
    study = Study(tmp_path, Results("e", "quick", runs=runs), {}, (group,))
    left, middle, _ = gradient_norms(Overview(study, looks(names))).figure.axes
    assert [line.get_label() for line in left.get_lines()] == [*names[:2]]
    (bars,) = middle.patches
    values, edges, _ = bars.get_data()
    tall = np.flatnonzero(values > 40)
    assert edges[tall].tolist() == pytest.approx([-0.0104, 0.0096])
    # A bar is wide enough to be seen: one in fifty of the axis.
    assert np.diff(edges)[tall] == pytest.approx([0.0008] * 2)
