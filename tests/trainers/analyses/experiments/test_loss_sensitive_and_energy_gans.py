"""Claims of the loss-sensitive, energy-based and f-GAN objectives from made-up runs."""

import math

import pytest

from lipschitz_trainers.analyses.experiments.loss_sensitive_and_energy_gans import (
    ENERGY,
    F_GANS,
    OBJECTIVES,
    PENALIZED,
    PULLING_AWAY,
    SETS,
    claims,
    line,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

NAME = "loss_sensitive_and_energy_gans"


def runs(seeds=3):
    """Return metrics by variant and seed as theory wants them."""
    found = {}
    for seed in range(seeds):
        for name in F_GANS:
            true = -1.3 if name == "gan" else 0.2
            found[f"line-{name}", seed] = {
                "f_divergence_bound": true - 0.001,
                "f_divergence_true": true,
                "f_divergence_error": 0.02,
            }
        for dataset in SETS:
            found[f"{dataset}-untrained", seed] = {"w1": 1.4}
        for group in (*SETS, PENALIZED):
            for name in OBJECTIVES:
                modes = (
                    {} if group == "swiss_roll" else {"mode_coverage": 8.0 if name == PULLING_AWAY else 7.0}
                )
                found[f"{group}-{name}", seed] = {"w1": 0.3, **modes}
    return found


DIVERGED = "training diverged: critic_loss became inf\nmore"


def found(changes=None, profile="paper", broken=(), steps=None, error=DIVERGED, **fields):
    """Return the claims by id, with changes to the metrics of variants."""
    made = runs(**fields)
    for variant, metrics in (changes or {}).items():
        for name, seed in made:
            if name == variant:
                made[name, seed] = made[name, seed] | metrics
    results = tuple(
        RunResult(variant, seed, "", "failed", error=error)
        if variant in broken
        else RunResult(variant, seed, "", "done", metrics)
        for (variant, seed), metrics in made.items()
    )
    configs = {run.key: {"steps": steps} for run in results} if steps else {}
    return {
        claim.id: claim for claim in claims(Study(None, Results(NAME, profile, runs=results), configs, ()))
    }


def refuted(**arguments):
    return [name for name, claim in found(**arguments).items() if claim.holds is False]


def test_runs_like_the_theory_fulfil_all():
    assert {claim.holds for claim in found().values()} == {True}
    assert len(found()) == len(F_GANS) + 1 + 2 * len(OBJECTIVES) + 1


@pytest.mark.parametrize(
    ("variant", "metrics", "ids"),
    [
        ("line-kl", {"f_divergence_error": 0.15}, ["optimal_critic_of_kl"]),
        ("line-pearson", {"f_divergence_bound": 0.18}, ["optimal_critic_of_pearson"]),
        ("line-gan", {"f_divergence_bound": -1.32}, ["optimal_critic_of_gan"]),  # of -1.3 + log 4 = 0.086
        ("line-kl", {"f_divergence_bound": 0.201}, ["bounds_are_lower_bounds"]),
        ("eight_gaussians-kl", {"w1": 1.0}, ["trains_with_kl"]),
        ("swiss_roll-kl", {"w1": 1.0}, ["trains_with_kl"]),
        ("eight_gaussians-penalized-kl", {"w1": 1.0}, ["trains_with_penalized_kl"]),
        (f"eight_gaussians-{ENERGY}", {"mode_coverage": 8.5}, ["pulling_away_covers_modes"]),
    ],
)
def test_other_numbers_refute_them(variant, metrics, ids):
    assert refuted(changes={variant: metrics}) == ids


def test_a_short_run_may_be_slow_but_not_diverge():
    slow = found({"swiss_roll-kl": {"w1": 1.0}}, profile="quick", steps=321)["trains_with_kl"]
    assert slow.holds is None
    assert slow.note.endswith("These runs took 321 iterations, those of the paper profile take 20,000.")
    assert refuted(changes={"swiss_roll-kl": {"w1": 1.0}}, profile="quick", steps=20_000) == [
        "trains_with_kl"
    ]
    assert refuted(changes={"swiss_roll-kl": {"w1": 1.5}}, profile="quick") == ["trains_with_kl"]


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_runs_that_break_off_refute_and_say_why(profile):
    claim = found(broken={"swiss_roll-neyman"}, profile=profile)["trains_with_neyman"]
    assert claim.holds is False
    assert "swiss_roll: broke off" in claim.measured
    assert claim.note.startswith("training diverged: critic_loss became inf Where samples")


def test_runs_that_failed_for_another_reason_leave_it_open():
    checked = found(
        broken={"swiss_roll-pearson", "line-kl", f"eight_gaussians-{ENERGY}"}, error="out of memory"
    )
    for id_ in (
        "trains_with_pearson",
        "optimal_critic_of_kl",
        "bounds_are_lower_bounds",
        "pulling_away_covers_modes",
    ):
        assert checked[id_].holds is None
        assert "(failed)" in checked[id_].measured
    assert checked["trains_with_kl"].holds is True


def test_one_seed_does_not_decide_on_the_pulling_away_term():
    claim = found(seeds=1)["pulling_away_covers_modes"]
    assert claim.holds is None
    assert claim.measured == "8.00 with, 7.00 without"


def test_the_papers_profile_has_the_seeds_that_it_takes():
    planned = load_experiment(NAME).resolve("paper")
    for variant in (ENERGY, PULLING_AWAY):
        assert len([run for run in planned if run.variant == f"eight_gaussians-{variant}"]) >= 3


def test_without_runs_nothing_is_decided():
    empty = Study(None, Results("e", "quick"), {}, ())
    assert all(claim.holds is None for claim in claims(empty))
    half = {"line-kl": {"f_divergence_error": math.nan}, "eight_gaussians-kl": {"w1": math.nan}}
    assert {name for name, claim in found(half).items() if claim.holds is None} == {
        "optimal_critic_of_kl",
        "trains_with_kl",
    }


def test_the_variants_are_those_of_the_experiment():
    experiment = load_experiment(NAME)
    assert set(experiment.variants) == {variant for variant, _ in runs()}
    configs = {run.variant: run.config for run in experiment.resolve("quick")}
    for name in F_GANS:
        config = configs[f"line-{name}"]
        (metric,) = config.evaluation.metrics
        assert config.objective.divergence == metric.divergence == name
        assert config.dataset.distance == abs(line().fake_mean)
        assert (config.dataset.std, config.dataset.seed) == (line().real_std, 0)
        if name in OBJECTIVES:
            assert configs[f"eight_gaussians-{name}"].objective == config.objective
    assert configs[f"swiss_roll-{PULLING_AWAY}"].objective.pulling_away == 0.1
    assert configs["eight_gaussians-loss_sensitive"].objective.slope == 0
