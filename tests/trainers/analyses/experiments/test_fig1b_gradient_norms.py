"""Claims of figure 1b from made-up runs and histograms."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig1b_gradient_norms import PENALTY, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

UNTRAINED = {"untrained_clipping_0.1": 0.01, "untrained_clipping_0.01": -0.81}
SLOPES = {"clipping_0.1": 1.4, "clipping_0.01": -0.8, "clipping_0.001": -1.8, PENALTY: 0.02}


def made(folder, slopes=SLOPES, spikes=("clipping_0.01",), bins=None, profile="paper"):
    runs = []
    for variant, slope in slopes.items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done", {"layer_gradients": slope}))
        counts = np.zeros(101)
        counts[[0, 100] if variant in spikes else slice(40, 60)] = 5
        if variant in (bins or {}):
            counts = np.zeros(101)
            for place, count in bins[variant].items():
                counts[place] = count
        (folder / "runs" / variant / "artifacts").mkdir(parents=True)
        np.savez(
            folder / "runs" / variant / "artifacts" / "weights.npz",
            edges=np.linspace(-1, 1, 102),
            counts=counts,
        )
    study = Study(folder, Results("e", profile, runs=tuple(runs)), {}, ())
    return {claim.id: claim for claim in claims(study)}


def found(*args, **changes):
    return {id_: claim.holds for id_, claim in made(*args, **changes).items()}


def test_runs_like_the_papers_fulfil_its_claims(tmp_path):
    assert set(found(tmp_path).values()) == {True}


@pytest.mark.parametrize(
    ("variant", "slope", "id_"),
    [
        ("clipping_0.1", 0.05, "explodes_at_0.1"),
        ("clipping_0.1", 0.65, "explodes_at_0.1"),
        ("clipping_0.01", -0.5, "vanishes_at_0.01"),
        ("clipping_0.001", -2.1, "vanishes_at_0.001"),
        (PENALTY, 0.2, "steady_under_the_penalty"),
        (PENALTY, -0.2, "steady_under_the_penalty"),
    ],
)
def test_other_slopes_refute_them(tmp_path, variant, slope, id_):
    checked = found(tmp_path, SLOPES | {variant: slope})
    assert [name for name, holds in checked.items() if not holds] == [id_]


def test_short_runs_leave_open_whether_gradients_explode(tmp_path):
    short = made(tmp_path, SLOPES | {"clipping_0.1": 0.2}, profile="quick")
    assert [id_ for id_, claim in short.items() if claim.holds is None] == ["explodes_at_0.1"]
    assert "grows with training" in short["explodes_at_0.1"].note


def test_what_untrained_critics_have_is_shown_and_said_to_hold_of_the_initial_weights(tmp_path):
    checked = made(tmp_path, SLOPES | UNTRAINED, spikes=("clipping_0.01", "untrained_clipping_0.01"))
    assert checked["vanishes_at_0.01"].measured == "−0.800 decades a layer; untrained −0.810"
    assert checked["weights_at_the_bound"].measured.endswith("untrained 50.0 % and 50.0 %")
    for id_ in ("vanishes_at_0.01", "weights_at_the_bound"):
        assert "Holds of the initial weights already" in checked[id_].note
    assert checked["explodes_at_0.1"].note.startswith("Owed to training")
    assert (checked["vanishes_at_0.001"].note, checked["vanishes_at_0.001"].measured) == (
        None,
        "−1.80 decades a layer",
    )


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_untrained_critics_start_like_the_others_and_stay_so(profile):
    runs = {run.variant: run.plain for run in load_experiment("fig1b_gradient_norms").resolve(profile)}
    for variant in SLOPES:
        trained, untrained = runs[variant], runs[f"untrained_{variant}"]
        assert (untrained["steps"], untrained["critic"]["steps"]) == (1, 1)
        assert untrained["critic"]["optimizer"]["lr"] == 1e-12
        for key in ("constraint", "seed", "dataset"):
            assert untrained[key] == trained[key]
        assert untrained["critic"]["network"] == trained["critic"]["network"]


def test_other_weights_refute_them(tmp_path):
    checked = found(tmp_path, spikes=(PENALTY,))
    assert [name for name, holds in checked.items() if not holds] == [
        "weights_at_the_bound",
        "weights_spread",
    ]


@pytest.mark.parametrize(
    ("bins", "verdict"),
    [
        ({0: 30, 100: 30, 50: 40}, True),
        ({0: 20, 100: 60, 50: 20}, False),
        ({100: 100}, False),
        ({0: 100}, False),
        ({5: 50, 95: 50}, False),
    ],
)
def test_weights_are_at_both_bounds_or_not_at_the_bounds(tmp_path, bins, verdict):
    assert found(tmp_path, bins={"clipping_0.01": bins})["weights_at_the_bound"] is verdict


HUMP = {place: 100 * np.exp(-(((place - 50) / 15) ** 2) / 2) for place in range(101)}


@pytest.mark.parametrize(
    ("bins", "verdict"),
    [
        (HUMP, True),
        (dict.fromkeys(range(101), 1), True),
        (dict.fromkeys(range(40, 61), 10000) | {0: 1, 100: 1}, True),
        ({5: 50, 95: 50}, False),
        ({45: 50, 55: 50}, False),
        # Spikes far inside of a few weights that are much larger.
        ({45: 10_000, 55: 10_000, 0: 1, 100: 1}, False),
        ({0: 34, 100: 34, 50: 100}, False),
    ],
)
def test_weights_are_spread_in_a_hump_and_not_in_two_spikes(tmp_path, bins, verdict):
    assert found(tmp_path, bins={PENALTY: bins})["weights_spread"] is verdict


def test_without_runs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
