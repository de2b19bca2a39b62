"""Claims on parallel lines from made-up runs: closed forms fulfil them, others refute them."""

import json
import math
from dataclasses import replace

import pytest

from lipschitz_trainers.analyses.experiments.wgan_parallel_lines import METHODS, THETAS, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.truth.parallel_lines import parallel_lines


def closed_form(method, theta):
    """Return what perfect networks would report."""
    exact = parallel_lines(theta)
    sign = math.copysign(1, theta) if theta else 0.3
    constant = 6.0 if method == "weight_clipping" else 1.0
    return {
        "w1": exact.w1,
        "critic_w1": constant * exact.w1,
        "translation_gradient_1": constant * sign,
        "jensen_shannon": exact.jensen_shannon,
        "jensen_shannon_gradient_1": 0.0 if theta else 0.2,
        "total_variation": exact.total_variation,
        "kullback_leibler": min(exact.kullback_leibler, 50.0),
    }


def study(folder, changes=None, bounds=(5.0, 20.0, 50.0), thetas=THETAS):
    runs = []
    for method in METHODS:
        for theta in thetas:
            variant = f"{method}-theta={theta}"
            metrics = closed_form(method, float(theta)) | (changes or {}).get(variant, {})
            runs.append(RunResult(variant, 0, f"runs/{variant}", "done", metrics))
            log = folder / "runs" / variant / "metrics.jsonl"
            log.parent.mkdir(parents=True, exist_ok=True)
            lines = [
                {"step": i, "evaluation": {"kullback_leibler": b}}
                for i, b in enumerate((*bounds, bounds[-1]))
            ]
            log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ())


def test_closed_forms_fulfil_the_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 10
    assert {claim.holds for claim in found.values()} == {True}
    assert "-1: 1.00" in found["w1_is_the_distance"].measured


@pytest.mark.parametrize(
    ("variant", "changed", "ids"),
    [
        ("discriminator-theta=0.5", {"w1": 0.6}, ["w1_is_the_distance"]),
        (
            "one_sided_gradient_penalty-theta=1",
            {"critic_w1": 1.11},
            ["estimate_under_one_sided_gradient_penalty"],
        ),
        (
            "two_sided_gradient_penalty-theta=0",
            {"critic_w1": 0.3},
            ["estimate_under_two_sided_gradient_penalty", "w1_is_continuous"],
        ),
        (
            "one_sided_gradient_penalty-theta=0.1",
            {"critic_w1": 0.001},
            ["estimate_under_one_sided_gradient_penalty"],
        ),
        (
            "one_sided_gradient_penalty-theta=-0.1",
            {"critic_w1": 0.08},
            ["estimate_under_one_sided_gradient_penalty"],
        ),
        (
            "one_sided_gradient_penalty-theta=0",
            {"critic_w1": -0.06},
            ["estimate_under_one_sided_gradient_penalty", "w1_is_continuous"],
        ),
        ("two_sided_gradient_penalty-theta=0.1", {"translation_gradient_1": -1.0}, ["w1_has_a_gradient"]),
        ("weight_clipping-theta=-1", {"critic_w1": 3.0}, ["clipping_knows_w1_up_to_a_constant"]),
        ("discriminator-theta=-0.1", {"jensen_shannon": 0.1}, ["jensen_shannon_jumps"]),
        ("discriminator-theta=0", {"jensen_shannon": 0.2}, ["jensen_shannon_jumps"]),
        ("discriminator-theta=1", {"total_variation": 0.5}, ["total_variation_jumps"]),
        ("discriminator-theta=1", {"kullback_leibler": 2.0}, ["kullback_leibler_is_infinite"]),
        (
            "discriminator-theta=0.1",
            {"jensen_shannon_gradient_1": 0.1},
            ["jensen_shannon_has_no_gradient"],
        ),
    ],
)
def test_other_runs_refute_them(tmp_path, variant, changed, ids):
    found = claims(study(tmp_path, {variant: changed}))
    assert [claim.id for claim in found if claim.holds is False] == ids


def test_a_bound_that_has_stopped_growing_is_no_sign_of_infinity(tmp_path):
    found = {claim.id: claim.holds for claim in claims(study(tmp_path, bounds=(5.0, 50.0, 50.0)))}
    assert [id_ for id_, holds in found.items() if not holds] == ["kullback_leibler_is_infinite"]


def test_without_all_thetas_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(study(tmp_path, thetas=("-1", "0", "1"))))
    assert all(claim.holds is None for claim in claims(study(tmp_path, thetas=())))


def test_steps_are_between_runs_of_one_seed(tmp_path):
    """With a run missing, those of other seeds move up one place; each seed alone is off by a constant."""
    given = study(tmp_path)
    runs = [
        replace(run, seed=seed, metrics=dict(run.metrics) | {"critic_w1": run.metric("critic_w1") + seed})
        for run in given.results.runs
        for seed in (0, 1, 2)
    ]
    kept = [run for run in runs if (run.variant, run.seed) != ("one_sided_gradient_penalty-theta=0.5", 0)]
    found = claims(Study(tmp_path, replace(given.results, runs=tuple(kept)), {}, ()))
    continuous = {claim.id: claim for claim in found}["w1_is_continuous"]
    assert continuous.measured.startswith("at most 1 a unit")
    assert continuous.measured.endswith("unfinished: one_sided_gradient_penalty-theta=0.5 seed 0 (not run)")
    assert continuous.holds is None


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_discriminators_and_no_critics_are_unconstrained(profile):
    for run in load_experiment("wgan_parallel_lines").resolve(profile):
        assert (run.plain["constraint"]["name"] == "none") == (run.variant.startswith("discriminator"))
