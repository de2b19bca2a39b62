"""Claims of figure 1b from made-up runs and histograms."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig1b_gradient_norms import PENALTY, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

SLOPES = {"clipping_0.1": 1.4, "clipping_0.01": -0.8, "clipping_0.001": -1.8, PENALTY: 0.02}


def found(folder, slopes=SLOPES, spikes=("clipping_0.01",)):
    runs = []
    for variant, slope in slopes.items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done", {"layer_gradients": slope}))
        counts = np.zeros(101)
        counts[[0, 100] if variant in spikes else slice(40, 60)] = 5
        (folder / "runs" / variant / "artifacts").mkdir(parents=True)
        np.savez(
            folder / "runs" / variant / "artifacts" / "weights.npz",
            edges=np.linspace(-1, 1, 102),
            counts=counts,
        )
    study = Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ())
    return {claim.id: claim.holds for claim in claims(study)}


def test_runs_like_the_papers_fulfil_its_claims(tmp_path):
    assert set(found(tmp_path).values()) == {True}


@pytest.mark.parametrize(
    ("variant", "slope", "id_"),
    [
        ("clipping_0.1", 0.05, "explodes_at_0.1"),
        ("clipping_0.01", -0.5, "vanishes_at_0.01"),
        ("clipping_0.001", -2.1, "vanishes_at_0.001"),
        (PENALTY, 0.2, "steady_under_the_penalty"),
        (PENALTY, -0.2, "steady_under_the_penalty"),
    ],
)
def test_other_slopes_refute_them(tmp_path, variant, slope, id_):
    checked = found(tmp_path, SLOPES | {variant: slope})
    assert [name for name, holds in checked.items() if not holds] == [id_]


def test_other_weights_refute_them(tmp_path):
    checked = found(tmp_path, spikes=(PENALTY,))
    assert [name for name, holds in checked.items() if not holds] == [
        "weights_at_the_bound",
        "weights_spread",
    ]


def test_without_runs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
