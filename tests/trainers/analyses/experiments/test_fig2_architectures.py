"""Claims on architectures and methods from made-up runs."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig2_architectures import (
    ARCHITECTURES,
    FAILURES,
    GP,
    METHODS,
    READING,
    claims,
    outcome,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

GOOD, COLLAPSED, NOISE = (0.8, 0.9, 0.7), (0.1, 0.9, 0.05), (0.0, 0.0, 0.0)
CELLS = [f"{architecture}-{method}" for architecture, method in itertools.product(ARCHITECTURES, METHODS)]
AS_IN_THE_PAPER = {
    f"{architecture}-{method}": (COLLAPSED if "collapsed" in seen else NOISE) if seen in FAILURES else GOOD
    for architecture, row in READING.items()
    for method, seen in zip(METHODS, row, strict=True)
}


def run(folder, cell, shares, status="done"):
    score, density, coverage = shares
    metrics = {"classifier_score": 1 + 8 * score, "density": density, "density_coverage": coverage}
    floors = {"classifier_score_floor": 9.0, "density_floor": 1.0, "density_coverage_floor": 1.0}
    if status == "done":
        (folder / cell / "artifacts").mkdir(parents=True)
        images = np.zeros((4, 1, 8, 8), np.float32)
        np.savez(folder / cell / "artifacts" / "samples.npz", real=images, fake=images)
    return RunResult(cell, 0, cell, status, metrics | floors)


def study(folder, changes=None, profile="paper", leave_out=()):
    cells = {
        cell: found for cell, found in (AS_IN_THE_PAPER | (changes or {})).items() if cell not in leave_out
    }
    runs = tuple(run(folder, cell, shares) for cell, shares in cells.items())
    return Study(folder, Results("e", profile, runs=runs), {}, ())


def cut_short(some, variant, error):
    """Return a study with a second seed of everything, which one variant did not finish."""
    again = [replace(run, seed=1) for run in some.results.runs]
    lost = [
        replace(r, status="failed", metrics={}, error=error) if r.variant == variant else r for r in again
    ]
    return replace(some, results=replace(some.results, runs=(*some.results.runs, *lost)))


def verdicts(some):
    return {claim.id: claim.holds for claim in claims(some)}


def test_a_cell_is_known_only_by_all_its_runs_and_training_that_diverged_has_failed(tmp_path):
    some = study(tmp_path)
    cell = ("mlp", GP)
    assert outcome(cut_short(some, "-".join(cell), "no space left"), *cell) is None
    diverged = cut_short(some, "-".join(cell), "training diverged: critic_loss became nan")
    assert outcome(diverged, *cell) == "untrained"
    assert verdicts(diverged)["penalty_trains_every_architecture"] is False
    assert verdicts(diverged)["all_cells_run"] is False
    # That another method fails was seen of the runs that finished.
    noise = cut_short(some, "resnet101-weight_clipping", "no space left")
    assert verdicts(noise)["fails_somewhere_weight_clipping"] is True


def test_outcomes_like_the_papers_fulfil_its_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 6
    assert {claim.holds for claim in found.values()} == {True}
    assert found["all_cells_run"].measured == "28 of 28"
    assert "tanh collapsed (score 0.10, coverage 0.05)" in found["fails_somewhere_dcgan"].measured
    assert found["fails_somewhere_weight_clipping"].paper == "resnet101 (green texture) (our reading)"
    assert found["cells_as_in_the_figure"].measured == "23 of 23 the same"


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        (
            {f"tanh-{GP}": COLLAPSED},
            {"penalty_trains_every_architecture", "cells_as_in_the_figure"},
        ),
        (
            {f"mlp-{GP}": (math.nan,) * 3},
            {"penalty_trains_every_architecture"},
        ),
        (
            {cell: GOOD for cell in CELLS if cell.endswith("-dcgan")},
            {"fails_somewhere_dcgan", "cells_as_in_the_figure"},
        ),
        ({"resnet101-weight_clipping": GOOD}, {"fails_somewhere_weight_clipping", "cells_as_in_the_figure"}),
    ],
)
def test_what_refutes_a_claim(tmp_path, changes, refuted):
    found = verdicts(study(tmp_path, changes))
    assert {name for name, holds in found.items() if holds is False} == refuted


def test_what_a_short_run_does_not_show_stays_open(tmp_path):
    found = verdicts(
        study(tmp_path, {"resnet101-weight_clipping": GOOD, f"tanh-{GP}": NOISE}, profile="quick")
    )
    assert found["fails_somewhere_weight_clipping"] is None
    assert found["penalty_trains_every_architecture"] is None
    assert found["cells_as_in_the_figure"] is None
    assert found["all_cells_run"] is True


def test_an_architecture_that_no_method_trains_is_no_failure_of_the_other(tmp_path):
    changes = {"resnet101-weight_clipping": NOISE, f"resnet101-{GP}": NOISE}
    assert verdicts(study(tmp_path, changes))["fails_somewhere_weight_clipping"] is False


def test_a_cell_that_did_not_run_is_told_and_one_that_failed_counts(tmp_path):
    some = study(tmp_path / "a", leave_out={"mlp-dcgan"})
    claim = next(iter(claims(some)))
    assert (claim.holds, claim.measured) == (None, "27 of 28, without mlp-dcgan")
    for status, holds in (("interrupted", None), ("failed", False)):
        runs = (*some.results.runs, run(tmp_path, "mlp-dcgan", NOISE, status))
        assert next(iter(claims(Study(some.folder, Results("e", "paper", runs=runs), {}, ())))).holds is holds


def test_a_cell_is_trained_if_all_its_runs_are(tmp_path):
    runs = tuple(
        RunResult("tanh-dcgan", seed, "", "done", run(tmp_path / str(seed), "tanh-dcgan", shares).metrics)
        for seed, shares in enumerate((GOOD, COLLAPSED))
    )
    assert outcome(Study(tmp_path, Results("e", "paper", runs=runs), {}, ()), "tanh", "dcgan") == "collapsed"


def test_without_runs_nothing_is_decided(tmp_path):
    assert set(verdicts(Study(tmp_path, Results("e", "quick", runs=()), {}, ())).values()) == {None}


def test_every_profile_has_the_cells_that_are_asked_for():
    experiment = load_experiment("fig2_architectures")
    for profile in experiment.profiles:
        assert [run.variant for run in experiment.resolve(profile)] == CELLS


@pytest.mark.parametrize("profile", ["paper", "photographs", "quick"])
def test_normalization_and_optimizers_by_method(profile):
    for run in load_experiment("fig2_architectures").resolve(profile):
        architecture, method = run.variant.split("-")
        critic = run.config.critic
        expected = {"no_normalization": "none"}.get(architecture, "layer" if method == GP else "batch")
        assert critic.network.normalization == expected
        assert critic.steps == (5 if method in (GP, "weight_clipping") else 1)
        assert critic.optimizer == run.config.generator.optimizer
        assert type(critic.optimizer).name == ("adam" if method in (GP, "dcgan") else "rmsprop")


def test_the_papers_rates_and_sizes():
    rates = {"dcgan": 2e-4, "least_squares": 1e-4, "weight_clipping": 5e-5, GP: 1e-4}
    for run in load_experiment("fig2_architectures").resolve("paper"):
        architecture, method = run.variant.split("-")
        assert run.config.critic.optimizer.lr == rates[method]
        assert (run.config.steps, run.config.batch_size, run.config.dataset.size) == (200_000, 64, 64)
        assert run.config.generator.network.width == (512 if architecture == "mlp" else 64)
