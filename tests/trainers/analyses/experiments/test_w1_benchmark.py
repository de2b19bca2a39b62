"""Claims of the benchmark of constraints, from made-up runs."""

import dataclasses
import math

import pytest

import lipschitz
from lipschitz_trainers.analyses.experiments.w1_benchmark import LIGHTER, ONE_SIDED, OTHERS, TWO_SIDED, claims
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import load_experiment

NORM, CLIPPING = OTHERS
GOOD = {TWO_SIDED: [0.79], ONE_SIDED: [0.80], NORM: [0.35], CLIPPING: [0.3]}


def holds(study):
    return {claim.id: claim.holds for claim in claims(study)}


def test_runs_as_published_fulfil_all(known_pairs):
    found = holds(known_pairs({"d16_n64": GOOD}))
    assert found.pop("curves_flattened") is None  # without logs
    assert set(found.values()) == {True}


@pytest.mark.parametrize(
    ("change", "refuted"),
    [
        ({TWO_SIDED: [0.74]}, {"two_sided_gradient_penalty_as_published"}),
        ({ONE_SIDED: [0.745], TWO_SIDED: [0.76]}, {"one_sided_gradient_penalty_as_published"}),
        ({NORM: [0.8]}, {"penalties_ahead"}),
        ({CLIPPING: [0.82]}, {"penalties_ahead"}),
        ({TWO_SIDED: [0.9], ONE_SIDED: [0.86]}, {"one_sided_not_behind"}),
        ({CLIPPING: [0.27]}, {"above_the_floor"}),
    ],
)
def test_each_claim_is_refuted_by_its_own_numbers(known_pairs, change, refuted):
    found = holds(known_pairs({"d16_n64": {**GOOD, **change}}))
    assert {name for name, verdict in found.items() if verdict is False} == refuted


@pytest.mark.parametrize(
    ("change", "refuted"),
    [
        ({}, set()),
        ({TWO_SIDED: 0.74}, {"two_sided_coefficient_1_as_published"}),
        ({ONE_SIDED: 0.745, TWO_SIDED: 0.76}, {"one_sided_coefficient_1_as_published"}),
        (
            {ONE_SIDED: 0.3},
            {
                "one_sided_coefficient_1_as_published",
                "penalties_of_coefficient_1_ahead",
                "one_sided_of_coefficient_1_not_behind",
            },
        ),
    ],
)
def test_penalties_of_another_coefficient_are_judged_for_themselves(known_pairs, change, refuted):
    lighter = {LIGHTER[name]: [value] for name, value in ({TWO_SIDED: 0.79, ONE_SIDED: 0.8} | change).items()}
    found = holds(
        known_pairs({"d16_n64": GOOD | lighter, "d2_n4": {**GOOD, TWO_SIDED: [0.9], ONE_SIDED: [0.9]}})
    )
    assert {name for name, verdict in found.items() if verdict is False} == refuted
    assert found["two_sided_gradient_penalty_as_published"] is True


def test_one_pair_is_enough_to_refute(known_pairs):
    found = holds(known_pairs({"d16_n64": GOOD, "d2_n4": {**GOOD, TWO_SIDED: [0.7]}}))
    assert found["two_sided_gradient_penalty_as_published"] is False


def test_short_runs_do_not_decide_what_published_ones_reach(known_pairs):
    study = known_pairs({"d16_n64": {**GOOD, TWO_SIDED: [0.6]}}, profile="quick")
    found = {claim.id: claim.verdict for claim in claims(study)}
    assert found["two_sided_gradient_penalty_as_published"] == "undecided"
    assert found["one_sided_gradient_penalty_as_published"] == "yes, short run"
    assert found["penalties_ahead"] == "yes"


def test_the_published_results_stand_beside_the_floor_of_their_pair(known_pairs):
    """The floor is .25 where the runs say nothing else; pairs without results, theirs or ours, are left out."""
    study = known_pairs(
        {"d64_n256": GOOD, "d2_n256": GOOD, "d3_n4": GOOD, "d128_n4": {TWO_SIDED: [math.nan]}}
    )
    for run in study.results.runs:
        if run.variant.startswith("d64"):
            run.metrics["cosine_floor"] = 0.521
    (claim,) = (
        claim for claim in claims(study_of(study.results, study.configs)) if claim.id == "above_the_floor"
    )
    assert claim.paper == (
        "d2 n256: not spectral_norm, two_sided_gradient_penalty, weight_clipping; "
        "d64 n256: not one_sided_gradient_penalty, spectral_norm, two_sided_gradient_penalty, weight_clipping"
    )


RESTS_ON_TWO_SIDED = {
    "two_sided_gradient_penalty_as_published",
    "penalties_ahead",
    "one_sided_not_behind",
    "above_the_floor",
}


def ended(study, label, seeds, error):
    """Return the same study in which a variant's runs of some seeds have failed."""
    runs = (
        dataclasses.replace(run, status="failed", error=error)
        if run.variant.endswith(f"-{label}") and run.seed in seeds
        else run
        for run in study.results.runs
    )
    return study_of(dataclasses.replace(study.results, runs=tuple(runs)), study.configs)


@pytest.mark.parametrize("seeds", [(0,), (0, 1), (0, 1, 2)])
def test_runs_that_failed_leave_open_what_rests_on_them(known_pairs, seeds):
    study = known_pairs({"d16_n64": {label: 3 * values for label, values in GOOD.items()}})
    complete = holds(study)
    found = holds(ended(study, TWO_SIDED, seeds, "out of memory"))
    assert {name for name, verdict in found.items() if verdict is not complete[name]} == RESTS_ON_TWO_SIDED
    assert {found[name] for name in RESTS_ON_TWO_SIDED} == {None}


def test_a_penalty_that_diverges_is_not_as_published(known_pairs):
    study = known_pairs({"d16_n64": {label: 2 * values for label, values in GOOD.items()}})
    error = "training diverged: critic_loss became nan at generator iteration 7"
    found = holds(ended(study, TWO_SIDED, (0,), error))
    assert found["two_sided_gradient_penalty_as_published"] is False
    assert found["one_sided_not_behind"] is None


def test_without_runs_nothing_is_decided(known_pairs):
    assert set(holds(known_pairs({})).values()) == {None}


def test_every_constraint_takes_part_on_every_pair():
    variants = load_experiment("w1_benchmark").variants
    pairs = {name.partition("-")[0] for name in variants}
    assert {f"d{d}_n{n}" for d in (2, 4, 8, 16, 32, 64, 128) for n in (4, 16, 64, 256)} <= pairs
    for pair in pairs:
        assert {f"{pair}-{name}" for name in [*lipschitz.constraints(), "sorting_out"]} <= set(variants)


def test_the_long_profiles_cover_what_they_say():
    experiment = load_experiment("w1_benchmark")
    six = {run.variant for run in experiment.resolve("six_pairs")}
    for pair in (f"d{d}_n{n}" for d in (2, 16, 64) for n in (4, 64)):
        assert {f"{pair}-{label}" for label in (*GOOD, *LIGHTER.values())} <= six
    assert len({run.variant.partition("-")[0] for run in experiment.resolve("all_constraints")}) == 2
