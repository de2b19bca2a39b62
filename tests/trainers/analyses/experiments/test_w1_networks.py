"""Claims of the benchmark of networks, from made-up runs."""

import dataclasses

import pytest

from lipschitz_trainers.analyses.experiments.w1_networks import GENERIC, PRIOR, PUBLISHED, claims
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import load_experiment

GOOD = {"published_one_sided": [0.4], "silu_mlp": [0.8], "max_of_cones": [0.95]}
SMOOTH = {"silu_mlp": [0.9], "max_of_cones": [0.7]}


def holds(study):
    return {claim.id: claim.holds for claim in claims(study)}


def test_runs_as_hoped_fulfil_all(known_pairs):
    assert set(holds(known_pairs({"d32_n256": GOOD, "wavy_d16": SMOOTH})).values()) == {True}


@pytest.mark.parametrize(
    ("change", "smooth", "refuted"),
    [
        ({"silu_mlp": [0.5]}, {}, {"generic_networks_above_published"}),
        (
            {"silu_mlp": [0.5], "max_of_cones": [0.5]},
            {},
            {
                "generic_networks_above_published",
                "any_network_above_published",
                "dimension_32_with_256_funnels",
            },
        ),
        ({"max_of_cones": [0.89]}, {}, {"dimension_32_with_256_funnels"}),
        ({"published_one_sided": [0.81]}, {}, {"ahead_at_equal_time"}),
        (
            {"published_one_sided": [0.96]},
            {},
            {"ahead_at_equal_time", "prior_ahead_at_equal_time"},
        ),
        ({}, {"max_of_cones": [0.91]}, {"prior_does_not_win_elsewhere"}),
    ],
)
def test_each_claim_is_refuted_by_its_own_numbers(known_pairs, change, smooth, refuted):
    found = holds(known_pairs({"d32_n256": {**GOOD, **change}, "wavy_d16": {**SMOOTH, **smooth}}))
    assert {name for name, verdict in found.items() if verdict is False} == refuted


def test_short_runs_do_not_decide_what_published_ones_reach(known_pairs):
    weak = {"published_one_sided": [0.4], "silu_mlp": [0.35], "max_of_cones": [0.5]}
    found = holds(known_pairs({"d16_n64": weak}, profile="quick"))
    assert found["any_network_above_published"] is None
    assert found["ahead_at_equal_time"] is False


def test_what_short_runs_confirm_is_marked(known_pairs):
    found = {claim.id: claim.verdict for claim in claims(known_pairs({"d16_n64": GOOD}, profile="quick"))}
    assert found["any_network_above_published"] == "yes, short run"
    found = {claim.id: claim.verdict for claim in claims(known_pairs({"d16_n64": GOOD}))}
    assert found["any_network_above_published"] == "yes"


def test_a_recipe_that_had_less_time_decides_nothing_and_none_may_take_too_long(known_pairs):
    def with_times(ours, theirs):
        study = known_pairs({"d32_n256": GOOD})
        for run in study.results.runs:
            run.metrics["cpu_seconds"] = theirs if run.variant.endswith("published_one_sided") else ours
        return holds(study_of(study.results, study.configs))

    assert with_times(60.0, 49.0)["ahead_at_equal_time"] is True
    assert with_times(60.0, 47.0)["ahead_at_equal_time"] is None
    assert with_times(600.0, 500.0)["within_ten_minutes"] is True
    assert with_times(601.0, 500.0)["within_ten_minutes"] is False


def test_the_longest_run_counts_not_the_mean(known_pairs):
    study = known_pairs({"d32_n256": {label: 3 * values for label, values in GOOD.items()}})
    next(run for run in study.results.runs if run.variant.endswith("silu_mlp")).metrics["cpu_seconds"] = 700.0
    claim = next(c for c in claims(study_of(study.results, study.configs)) if c.id == "within_ten_minutes")
    assert (claim.holds, claim.measured) == (False, "700 s at most (d32 n256 silu_mlp)")


def test_one_variant_on_one_pair_can_be_judged(known_pairs):
    made = known_pairs({"d32_n256": {"max_of_cones": [0.95]}})
    results = dataclasses.replace(made.results, experiment="w1_networks")
    found = {claim.id: claim for claim in claims(study_of(results, made.configs))}
    assert found["dimension_32_with_256_funnels"].measured == "d32 n256 .950 (.900)"
    for name in ("dimension_32_with_256_funnels", "any_network_above_published", "within_ten_minutes"):
        assert found[name].holds is True


def failing(study, *variants):
    runs = (
        dataclasses.replace(run, status="failed", error="out of memory") if run.variant in variants else run
        for run in study.results.runs
    )
    return study_of(dataclasses.replace(study.results, runs=tuple(runs)), study.configs)


def test_what_the_best_shows_stands_though_others_failed(known_pairs):
    found = holds(failing(known_pairs({"d32_n256": GOOD}), "d32_n256-silu_mlp"))
    assert found["any_network_above_published"] is True
    assert found["dimension_32_with_256_funnels"] is True
    assert found["generic_networks_above_published"] is None
    assert found["ahead_at_equal_time"] is None
    assert found["within_ten_minutes"] is None


def test_a_pair_on_which_all_failed_is_not_every_pair(known_pairs):
    study = known_pairs({"d32_n256": GOOD, "d2_n4": {"silu_mlp": [0.9], "max_of_cones": [0.9]}})
    found = holds(failing(study, "d2_n4-silu_mlp", "d2_n4-max_of_cones"))
    assert found["any_network_above_published"] is None
    assert found["dimension_32_with_256_funnels"] is True


def test_what_failed_may_have_been_the_best(known_pairs):
    weak = {**GOOD, "silu_mlp": [0.5], "tuned_one_sided": [0.5]}
    study = known_pairs({"d32_n256": weak})
    assert holds(study)["generic_networks_above_published"] is False
    assert holds(failing(study, "d32_n256-silu_mlp"))["generic_networks_above_published"] is None


def test_a_constant_gradient_is_a_floor_for_networks(known_pairs):
    study = known_pairs({"wavy_d16": SMOOTH})
    for run in study.results.runs:
        run.metrics["cosine_linear_floor"] = 0.682
    assert holds(study_of(study.results, study.configs))["above_the_floor"] is False


def test_networks_with_a_prior_are_compared_at_equal_time_too(known_pairs):
    study = known_pairs({"d32_n256": GOOD})
    next(run for run in study.results.runs if run.variant.endswith("max_of_cones")).metrics["cpu_seconds"] = (
        97.0
    )
    found = holds(study_of(study.results, study.configs))
    assert (found["ahead_at_equal_time"], found["prior_ahead_at_equal_time"]) == (True, None)


def test_without_runs_nothing_is_decided(known_pairs):
    assert set(holds(known_pairs({})).values()) == {None}


def test_recipes_and_claims_speak_of_the_same_variants():
    labels = {name.partition("-")[2] for name in load_experiment("w1_networks").variants}
    assert labels == {*PUBLISHED, *GENERIC, *PRIOR}


@pytest.mark.parametrize("name", ["w1_networks", "w1_benchmark"])
def test_the_published_width_is_that_of_the_pair(name):
    experiment = load_experiment(name)
    for run in experiment.resolve("paper"):
        assert run.config.critic.network.width == max(2 * run.config.dataset.dimension, 128), run.variant
        assert run.config.steps == 60_000
        assert run.config.critic.optimizer.schedule is None
    longest = {
        p: {run.config.steps for run in experiment.resolve(p)} for p in experiment.profiles if "paper_" in p
    }
    wanted = {
        "paper_sorting_out": {25_000},
        "paper_weight_clipping": {5_000},
        "paper_spectral_norm": {10_000},
    }
    assert longest == {p: wanted[p] for p in longest}


def test_networks_with_a_prior_and_generic_ones_take_part_in_every_long_profile():
    experiment = load_experiment("w1_networks")
    pairs = {
        name: {run.variant.partition("-")[0] for run in experiment.resolve(name)}
        for name in experiment.profiles
    }
    assert len(pairs["ten_pairs"]) == 10
    assert len(pairs["all_pairs"]) == 28
    assert all(pair.startswith("wavy") for pair in pairs["smooth"])
    for profile in ("ten_pairs", "all_pairs", "smooth"):
        found = {run.variant for run in experiment.resolve(profile)}
        assert all({f"{pair}-silu_mlp", f"{pair}-max_of_cones"} <= found for pair in pairs[profile])
