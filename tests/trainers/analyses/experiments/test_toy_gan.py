"""Claims of the toy GANs from made-up runs."""

import lipschitz
from lipschitz_trainers.analyses.experiments.toy_gan import MODES, SETS, SIDES, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment


def found(profile="paper", small=3.0, large=1.05, missing=0, steps=None):
    runs = []
    for dataset in SETS:
        for name, full in SIDES.items():
            modes = MODES.get(dataset, 0) - missing
            metrics = {"mode_coverage": float(modes), "high_quality_share": 0.9}
            for variant, slope in ((f"{name}_0.1", small), (full, large)):
                values = {**metrics, "slope_line_mean": slope}
                runs.append(RunResult(f"{dataset}-{variant}", 0, "", "done", values))
    configs = {run.key: {"steps": steps} for run in runs} if steps else {}
    study = Study(None, Results("toy_gan", profile, runs=tuple(runs)), configs, ())
    return {claim.id: claim for claim in claims(study)}


def holds(**changes):
    return [claim.holds for claim in found(**changes).values()]


def test_runs_as_expected_fulfil_all():
    assert holds() == [True] * 4


def test_slopes_that_do_not_follow_the_coefficient_refute():
    assert holds(small=1.0) == [False, False, True, True]
    assert holds(large=3.5) == [False, False, True, True]
    assert holds(profile="quick", large=3.5) == [None, None, True, True]


def test_missing_modes_refute_in_full_and_leave_open_in_short():
    assert holds(missing=1) == [True, True, False, False]
    short = found(profile="quick", missing=1)
    assert [claim.holds for claim in short.values()] == [True, True, None, None]
    assert "100,000" in short["modes_of_eight_gaussians"].note


def test_short_is_what_took_fewer_iterations_whatever_the_profile_is_called():
    assert holds(profile="quick", large=3.5, missing=1, steps=100_000) == [False] * 4
    assert holds(profile="paper", large=3.5, missing=1, steps=300) == [None] * 4
    short = found(steps=750, missing=1)
    assert all("750 iterations" in claim.note for claim in short.values())
    assert all(claim.paper is None for id_, claim in short.items() if id_.startswith("modes"))


def test_without_runs_nothing_is_decided():
    assert all(claim.holds is None for claim in claims(Study(None, Results("e", "quick"), {}, ())))


def test_every_constraint_takes_part():
    variants = load_experiment("toy_gan").variants
    for dataset in SETS:
        assert {f"{dataset}-{name}" for name in lipschitz.constraints()} <= set(variants)
