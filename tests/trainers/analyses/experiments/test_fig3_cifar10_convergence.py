"""Claims on convergence from made-up curves."""

import json

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig3_cifar10_convergence import (
    ADAM,
    CLIP,
    DCGAN,
    READ_OFF,
    RMSPROP,
    VARIANTS,
    claims,
    wandering,
)
from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.config.experiment import load_experiment

STEPS = np.arange(1000, 201000, 1000)
SECONDS = {CLIP: 2.5e5, RMSPROP: 3.5e5, ADAM: 3.5e5, DCGAN: 0.85e5}
NOISE = np.sin(np.arange(len(STEPS)))


def through(name, noise=0.01):
    """Return the paper's curve, from 1 on, with so much noise."""
    points = {0: 1.0} | READ_OFF[name]
    return np.interp(STEPS, [*points], [*points.values()]) + noise * NOISE


AS_IN_THE_PAPER = {name: through(name, 0.15 if name == DCGAN else 0.01) for name in VARIANTS}


def study(folder, changes=None, seconds=None, profile="paper"):
    runs, configs = [], {}
    for name, values in (AS_IN_THE_PAPER | (changes or {})).items():
        metrics = {"inception_score": float(values[-1]), "inception_score_floor": 11.0}
        runs.append(RunResult(name, 0, f"runs/{name}", "done", metrics, (SECONDS | (seconds or {}))[name]))
        configs[name, 0] = {"steps": 200_000}
        log = folder / "runs" / name / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text(
            "".join(
                json.dumps({"step": step, "evaluation": {"inception_score": value}}) + "\n"
                for step, value in zip(STEPS.tolist(), values.tolist(), strict=True)
            )
        )
    return Study(folder, Results("fig3_cifar10_convergence", profile, runs=tuple(runs)), configs, ())


def verdicts(some):
    return {claim.id: claim.holds for claim in claims(some)}


def test_curves_like_the_papers_fulfil_its_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 7
    assert {claim.holds for claim in found.values()} == {True}
    assert found["penalty_above_clipping_at_the_end"].paper.startswith("6.30 and 5.65 (")
    assert "not the Inception score" in found["penalty_above_clipping_at_the_end"].measured
    scores = [claim for claim in found.values() if claim.id != "slower_by_the_clock"]
    assert all("real images: 11.0)" in claim.measured for claim in scores)


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        (
            {CLIP: through(RMSPROP) + 0.1},
            {"penalty_above_clipping_at_the_end", "penalty_above_clipping_on_the_way"},
        ),
        # Clipping overtakes only late.
        ({CLIP: np.where(STEPS > 170_000, 6.4, through(CLIP))}, {"penalty_above_clipping_at_the_end"}),
        (
            {ADAM: 0.96 * through(RMSPROP)},
            {"adam_not_below_rmsprop_at_the_end", "adam_not_below_rmsprop_on_the_way"},
        ),
        ({DCGAN: 1.5 * through(DCGAN, 0.15)}, {"comparable_with_the_dcgan"}),
        ({DCGAN: through(DCGAN, 0.0)}, {"steadier_than_the_dcgan"}),
    ],
)
def test_what_refutes_a_claim(tmp_path, changes, refuted):
    found = verdicts(study(tmp_path, changes))
    assert {name for name, holds in found.items() if holds is False} == refuted
    assert True in found.values()


@pytest.mark.parametrize("seconds", [{ADAM: 2e5}, {DCGAN: 3e5}])
def test_the_clock_refutes_too(tmp_path, seconds):
    found = verdicts(study(tmp_path, seconds=seconds))
    assert {name for name, holds in found.items() if holds is False} == {"slower_by_the_clock"}


def test_quick_runs_say_by_what_score_from_how_many_images_and_what_real_ones_get(tmp_path):
    some = study(tmp_path)
    block = {"name": "inception_score", "splits": 10, "extractor": "classifier"}
    judged = {"dataset": "digits", "evaluation": {"samples": 500, "metrics": [block]}}
    found = study_of(some.results, {key: config | judged for key, config in some.configs.items()}, tmp_path)
    told = "classifier of these data, 500 images; not the Inception score; 500 real images: 11.0)"
    for claim in claims(found):
        assert claim.id == "slower_by_the_clock" or told in claim.measured


def test_a_run_that_diverged_decides_nothing(tmp_path):
    found = verdicts(study(tmp_path, {RMSPROP: np.full(len(STEPS), np.nan)}))
    assert found["penalty_above_clipping_at_the_end"] is None
    assert found["comparable_with_the_dcgan"] is True


def test_without_runs_nothing_is_decided(tmp_path):
    found = verdicts(Study(tmp_path, Results("e", "quick", runs=()), {}, ()))
    assert len(found) == 7
    assert set(found.values()) == {None}


def test_a_straight_rise_is_no_wandering():
    x = np.arange(30.0)
    assert wandering(Series(x, 0.1 * x)) == pytest.approx(0, abs=1e-12)
    assert wandering(Series(x, 0.1 * x + np.sin(x))) > 0.5
    assert np.isnan(wandering(Series(x[:6], x[:6])))


def test_the_experiment_has_the_variants_that_are_asked_for():
    experiment = load_experiment("fig3_cifar10_convergence")
    assert set(experiment.variants) == set(VARIANTS)
    for profile in experiment.profiles:
        by = {run.variant: run.config for run in experiment.resolve(profile)}
        # "The same optimizer": clipping and the penalty differ in the constraint and the normalizer alone.
        assert by[CLIP].critic.optimizer == by[RMSPROP].critic.optimizer
        assert by[CLIP].generator == by[RMSPROP].generator
        assert by[ADAM].critic.optimizer.lr > by[RMSPROP].critic.optimizer.lr
