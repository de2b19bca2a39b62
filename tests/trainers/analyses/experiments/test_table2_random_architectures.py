"""Counting successes over made-up architectures, and how they are drawn."""

import math
from dataclasses import replace

import pytest

from lipschitz_trainers.analyses.experiments import table2_random_architectures
from lipschitz_trainers.analyses.experiments.table2_random_architectures import (
    DIGEST,
    GAN,
    GP,
    PAPER,
    RATES,
    SPACE,
    Counts,
    architecture_of,
    claims,
    counts,
    pairs_of,
    rates_told,
)
from lipschitz_trainers.analyses.formula_scores import score_of
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.config.experiment import load_experiment

NAME = "table2_random_architectures"

FIRST = {
    "generator.activation": "tanh",
    "generator.depth": 12,
    "generator.normalized": False,
    "generator.width": 64,
    "critic.activation": "tanh",
    "critic.depth": 4,
    "critic.normalized": False,
    "critic.width": 64,
    "critic.weight_decay": 0.0,
}


@pytest.fixture(scope="module")
def all_runs():
    """Return all 400 runs of the paper's profile by variant."""
    return {run.variant: run for run in load_experiment(NAME).resolve("paper")}


def study(pairs, key="inception_score", profile="paper", extractor="inception", samples=50_000):
    """Return runs with these scores, by default made as in papers."""
    block = {"name": key} | ({"splits": 10, "extractor": extractor} if key == "inception_score" else {})
    runs = [
        RunResult(f"draw{i:03}-{method}", 0, "", "done", {key: score, f"{key}_floor": 9.03})
        for i, scores in enumerate(pairs)
        for method, score in zip((GAN, GP), scores, strict=True)
    ]
    judged = {"dataset": "digits", "evaluation": {"samples": samples, "metrics": [block]}}
    network = {"activation": "relu", "depth": 4, "normalized": False, "width": 32}
    configs = {
        run.key: judged
        | {
            player: {"network": network, "optimizer": {"lr": RATES[run.variant.partition("-")[2]]}}
            for player in ("generator", "critic")
        }
        for run in runs
    }
    return study_of(Results("e", profile, runs=tuple(runs)), configs)


def like_table_5():
    """Return 200 pairs of scores, as many above each threshold under each method as in the paper.

    The table does not say which; sorted, the fewest architectures succeed as a GAN only.
    """
    thresholds = list(PAPER)
    gan, penalty = ([] for _ in range(2))
    for scores, above in (
        (gan, [row.only_gan + row.both for row in PAPER.values()]),
        (penalty, [row.only_penalty + row.both for row in PAPER.values()]),
    ):
        scores += [1.0] * (200 - above[0])
        for i, threshold in enumerate(thresholds):
            scores += [threshold + 0.25] * (above[i] - (above[i + 1] if i + 1 < len(above) else 0))
    return list(zip(gan, penalty, strict=True))


def verdicts(some):
    return {claim.id: claim.holds for claim in claims(some)}


def test_the_paper_counts_200_architectures_at_17_thresholds():
    assert len(PAPER) == 17
    assert all(sum(row) == 200 for row in PAPER.values())
    assert SPACE == 9216


def test_successes_are_counted_in_pairs():
    some = study([(2, 5), (4, 1), (6, 7), (math.nan, 2), (1, math.nan)])
    pairs = pairs_of(some, score_of(some))
    assert counts(pairs, 3.0) == Counts(only_gan=1, only_penalty=1, both=1, neither=2)
    assert counts(pairs, 2.0) == Counts(only_gan=1, only_penalty=1, both=1, neither=2)  # above, not at
    assert counts(pairs, 9.0) == Counts(0, 0, 0, 5)


def test_an_architecture_that_one_method_did_not_finish_is_left_out():
    runs = (
        RunResult(f"draw0-{GAN}", 0, "", "done", {"classifier_score": 2.0}),
        RunResult(f"draw0-{GP}", 0, "", "failed", {}),
    )
    some = Study(None, Results("e", "paper", runs=runs), {}, ())
    assert pairs_of(some, score_of(some)) == []


def test_training_that_diverged_did_not_succeed_and_what_is_missing_leaves_counts_open():
    some = study([(5.0, 6.0), (5.0, 6.0)])
    first, *others = some.results.runs

    def ended(error):
        runs = (replace(first, status="failed", metrics={}, error=error), *others)
        return study_of(replace(some.results, runs=runs), some.configs)

    (pair, _) = pairs_of(ended("training diverged: critic_loss became nan"), score_of(some))
    assert (math.isnan(pair.gan), pair.penalty) == (True, 6.0)
    lost = {claim.id: claim for claim in claims(ended("no space left"))}
    assert lost["threshold_5.0"].holds is None
    assert lost["threshold_5.0"].measured.endswith("unfinished: draw000-standard_gan (failed)")


def test_counts_like_the_papers_fulfil_its_claims():
    some = study(like_table_5())
    found = {claim.id: claim for claim in claims(some)}
    assert found.pop("sampling_reproducible").holds is None  # another experiment
    none_so_far = found.pop("threshold_9.0")
    assert (none_so_far.holds, none_so_far.note) == (
        None,
        "No architecture comes so far, under either method.",
    )
    assert len(found) == 7
    assert {claim.holds for claim in found.values()} == {True}
    measured = found["more_successes_with_the_penalty"].measured
    assert measured.endswith(
        "more at 16 of 17 thresholds, fewer at 0; the largest difference, +148 of 200, at threshold 5.5"
    )
    assert found["threshold_1.0"].measured.endswith("only GAN 0, only WGAN-GP 8, both 192, neither 0")
    assert found["threshold_1.0"].note is None


@pytest.mark.parametrize(
    ("pairs", "refuted"),
    [
        (
            [(5, 2)] * 20,
            {
                "more_successes_with_the_penalty",
                "never_fewer_with_the_penalty",
                "rarely_the_standard_gan_only",
                "threshold_3.0",
            },
        ),
        ([(5, 2)] * 5 + [(2, 5)] * 15, {"rarely_the_standard_gan_only"}),
        (
            [(8, 2)] * 1 + [(2, 5)] * 19,
            {"never_fewer_with_the_penalty", "threshold_5.0", "threshold_7.0"},
        ),
    ],
)
def test_what_refutes_a_claim(pairs, refuted):
    found = verdicts(study(pairs))
    assert {name for name, holds in found.items() if holds is False} == refuted
    assert found["more_successes_with_the_penalty"] is not None


def test_short_runs_refute_the_main_claim_only_and_no_runs_decide_nothing():
    found = verdicts(study([(5, 2)] * 20, key="classifier_score", profile="quick"))
    assert {name for name, holds in found.items() if holds is False} == {"more_successes_with_the_penalty"}
    assert set(verdicts(study([])).values()) == {None}


def test_where_as_many_succeed_a_row_decides_nothing():
    found = {claim.id: claim for claim in claims(study([(2, 2)] * 3 + [(1.5, 4)]))}
    assert (found["threshold_1.0"].holds, found["threshold_1.0"].note) == (
        None,
        "As many under both methods.",
    )
    assert found["threshold_3.0"].holds


MADE = {
    "classifier_score": (
        "classifier score (small classifier of these data, 500 images; not the Inception score; 500 real images: 9.03)"
    ),
    "inception_score": (
        "score by the Inception formula (classifier of these data, 500 images; not the Inception score; 500 real "
        "images: 9.03)"
    ),
}


@pytest.mark.parametrize("key", MADE)
def test_every_count_says_by_what_score_from_how_many_images_and_what_real_ones_get(key):
    some = study([(2, 5)], key=key, extractor="classifier", samples=500)
    found = [claim for claim in claims(some) if claim.id != "sampling_reproducible"]
    assert len(found) == 8
    for claim in found:
        assert claim.measured.startswith(f"{MADE[key]}, 1 architecture: ")
        if claim.id.startswith("threshold"):
            assert claim.paper.startswith("Inception score")
            assert "must not be compared" in claim.note


def test_only_scores_made_as_in_papers_may_be_compared_row_by_row():
    notes = [claim.note for claim in claims(study([(2, 5)])) if claim.id == "threshold_3.0"]
    assert notes == [None]
    few = study([(2, 5)], samples=1000)
    notes = [claim.note for claim in claims(few) if claim.id == "threshold_3.0"]
    assert "must not be compared" in notes[0]


def test_runs_that_were_judged_differently_are_not_counted():
    one, two = study([(2, 5)]), study([(2, 5)], samples=500)
    configs = {**one.configs, (f"draw000-{GP}", 0): two.configs[f"draw000-{GP}", 0]}
    for claim in claims(study_of(one.results, configs)):
        assert (claim.holds, claim.measured) == (None, None)


def test_rates_that_are_not_the_papers_are_told(all_runs):
    """In the quick profile every rate is ten times the paper's, and the notes say so, and no more than is known."""
    experiment = load_experiment(NAME)
    for profile, told in (("quick", "is 10 times the paper's;"), ("paper", None), ("photographs", None)):
        resolved = list(all_runs.values())[:8] if profile == "paper" else experiment.resolve(profile)[:8]
        runs = tuple(
            RunResult(run.variant, run.seed, "", "done", {"classifier_score": 2.0}) for run in resolved
        )
        configs = {(run.variant, run.seed): run.plain for run in resolved}
        some = study_of(Results(NAME, profile, runs=runs), configs)
        notes = [claim.note for claim in claims(some) if claim.id.startswith(("more", "never", "rarely"))]
        assert len(notes) == 3
        assert all((told or "") in note and ("times the paper's" in note) == bool(told) for note in notes)
    assert rates_told(study_of(Results(NAME, "quick"), {})) == ""


def test_the_draws_are_those_of_the_experiment_and_the_same_for_both_methods(all_runs):
    resolved = list(all_runs.values())[:24]
    runs = tuple(RunResult(run.variant, run.seed, "", "done", {"classifier_score": 2.0}) for run in resolved)
    configs = {(run.variant, run.seed): run.plain for run in resolved}
    claim = next(iter(claims(study_of(Results(NAME, "quick", runs=runs), configs))))
    assert (claim.holds, claim.measured) == (True, f"12 of 200, digest {DIGEST}")
    changed = configs | {runs[3].key: configs[runs[4].key]}
    assert next(iter(claims(study_of(Results(NAME, "quick", runs=runs), changed)))).holds is False


def test_other_draws_than_the_first_are_noticed(all_runs, monkeypatch):
    """Code that draws differently still agrees with itself; the stored digest tells."""
    resolved = list(all_runs.values())[:4]
    runs = tuple(RunResult(run.variant, run.seed, "", "done", {"classifier_score": 2.0}) for run in resolved)
    some = study_of(
        Results(NAME, "quick", runs=runs), {(run.variant, run.seed): run.plain for run in resolved}
    )
    monkeypatch.setattr(table2_random_architectures, "DIGEST", "0" * 16)
    assert next(iter(claims(some))).holds is False


def test_200_architectures_each_under_both_methods(all_runs):
    assert set(all_runs) == {f"draw{i:03}-{method}" for i in range(200) for method in (GAN, GP)}
    drawn = [architecture_of(all_runs[f"draw{i:03}-{GP}"].plain) for i in range(200)]
    assert drawn == [architecture_of(all_runs[f"draw{i:03}-{GAN}"].plain) for i in range(200)]
    assert len({repr(one) for one in drawn}) == 200
    # Written down: the seed draws these everywhere, with any version of Python.
    assert drawn[0] == FIRST
    for key, values in {"critic.depth": 4, "generator.width": 3, "critic.normalized": 2}.items():
        assert len({one[key] for one in drawn}) == values


def test_weight_decay_goes_with_normalization_and_rates_with_the_method(all_runs):
    for run in all_runs.values():
        critic, penalized = run.config.critic, run.variant.endswith(GP)
        assert critic.optimizer.weight_decay == (1e-3 if critic.network.normalized else 0)
        assert run.config.generator.optimizer.weight_decay == 0
        assert critic.network.normalizer == ("layer" if penalized else "batch")
        for player in (critic, run.config.generator):
            assert player.optimizer.lr == RATES[GP if penalized else GAN] == (1e-4 if penalized else 2e-4)
            assert player.optimizer.betas == ((0.0, 0.9) if penalized else (0.5, 0.999))
            assert player.network.width_divisor == 1
        assert critic.steps == (5 if penalized else 1)
