"""Claims of the toy GANs from made-up runs."""

import pytest

import lipschitz
from lipschitz_trainers.analyses.experiments.toy_gan import CLIPPING, MODES, SETS, SIDES, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment


def found(profile="paper", small=3.0, large=1.05, missing=0, steps=None, share=0.95, w1=0.15, clipped=0.5):
    runs = []
    for dataset in SETS:
        for name, full in SIDES.items():
            modes = MODES.get(dataset, 0) - missing
            metrics = {
                "mode_coverage": float(modes),
                "high_quality_share": share,
                "w1": w1,
                "w1_floor": 0.12,
            }
            for variant, slope in ((f"{name}_0.1", small), (full, large)):
                values = {**metrics, "slope_line_mean": slope}
                runs.append(RunResult(f"{dataset}-{variant}", 0, "", "done", values))
        runs.append(RunResult(f"{dataset}-{CLIPPING}", 0, "", "done", {"w1": clipped}))
    configs = {run.key: {"steps": steps} for run in runs} if steps else {}
    study = Study(None, Results("toy_gan", profile, runs=tuple(runs)), configs, ())
    return {claim.id: claim for claim in claims(study)}


def holds(**changes):
    return [claim.holds for claim in found(**changes).values()]


def test_runs_as_expected_fulfil_all():
    assert holds() == [True] * 7


def test_slopes_that_do_not_follow_the_coefficient_refute():
    assert holds(small=1.0) == [False, False, *[True] * 5]
    assert holds(large=3.5) == [False, False, *[True] * 5]
    assert holds(profile="quick", large=3.5) == [None, None, *[True] * 5]


def test_missing_modes_refute_in_full_and_leave_open_in_short():
    assert holds(missing=1) == [True, True, False, False, True, True, True]
    short = found(profile="quick", missing=1)
    assert [claim.holds for claim in short.values()] == [True, True, None, None, True, True, True]
    assert "100,000" in short["modes_of_eight_gaussians"].note


def test_short_is_what_took_fewer_iterations_whatever_the_profile_is_called():
    wrong = {"large": 3.5, "missing": 1, "share": 0.1, "w1": 0.3, "clipped": 0.2}
    assert holds(profile="quick", steps=100_000, **wrong) == [False] * 7
    assert holds(profile="paper", steps=300, **wrong) == [None] * 7
    short = found(steps=750, **wrong)
    assert all("750 iterations" in claim.note for claim in short.values())
    assert all(claim.paper is None for id_, claim in short.items() if id_.startswith("modes"))


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({"share": 0.89}, ["high_quality_share"]),
        ({"w1": 0.19}, ["w1_to_the_data"]),
        ({"clipped": 0.15}, ["nearer_than_under_clipping"]),
    ],
)
def test_quality_and_distances_that_fall_short_refute(changes, ids):
    assert [id_ for id_, claim in found(**changes).items() if claim.holds is False] == ids


def test_distances_are_given_beside_what_they_are_compared_with():
    checked = found()
    assert "swiss_roll 0.150 (real samples 0.120)" in checked["w1_to_the_data"].measured
    assert "swiss_roll, 10: 0.150 (0.500)" in checked["nearer_than_under_clipping"].measured


def test_without_runs_nothing_is_decided():
    assert all(claim.holds is None for claim in claims(Study(None, Results("e", "quick"), {}, ())))


def test_every_constraint_takes_part_but_the_one_that_needs_dropout():
    variants = load_experiment("toy_gan").variants
    for dataset in SETS:
        missing = {name for name in lipschitz.constraints() if f"{dataset}-{name}" not in variants}
        assert missing == {"consistency_term"}
