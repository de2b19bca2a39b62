"""Claims on residual networks from made-up results."""

import json

import pytest

from lipschitz_trainers.analyses.experiments.table3_cifar10_resnet import (
    LABELLED,
    PUBLISHED,
    UNSUPERVISED,
    claims,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import load_experiment

INCEPTION = {"name": "inception_score", "splits": 10, "extractor": {"name": "inception"}}


LABELS = {"name": "label_accuracy", "extractor": {"name": "classifier"}}


def study(
    folder, *, scores=(7.86, 8.42), first=2.0, accuracy=0.9, samples=10_000, images=50_000, steps=100_000
):
    """Return runs by default judged as in the paper profile: 50,000 images, against 10,000 real ones."""
    runs, configs = [], {}
    for variant, value in zip((UNSUPERVISED, LABELLED), scores, strict=True):
        metrics = {"inception_score": value, "inception_score_floor": 11.24}
        if variant == LABELLED:
            metrics |= {
                "label_accuracy": accuracy,
                "label_accuracy_chance": 0.1,
                "label_accuracy_floor": 0.95,
            }
        runs.append(RunResult(variant, 0, variant, "done", metrics))
        configs[variant, 0] = {
            "dataset": {"name": "cifar10", "conditional": variant == LABELLED},
            "evaluation": {"samples": samples, "metrics": [INCEPTION | {"images": images}, LABELS]},
            "steps": steps,
        }
        (folder / variant).mkdir()
        (folder / variant / "metrics.jsonl").write_text(
            "".join(
                json.dumps({"step": i, "evaluation": {"inception_score": score}}) + "\n"
                for i, score in enumerate((first, value))
            )
        )
    return study_of(Results("table3_cifar10_resnet", "paper", runs=tuple(runs)), configs, folder)


def verdicts(some):
    return {claim.id: claim.holds for claim in claims(some)}


def test_scores_like_the_papers_fulfil_its_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 6
    assert {claim.holds for claim in found.values()} == {True}
    assert "but that of SGAN" in found["place_ac_gan"].statement
    assert "but" not in found["place_unsupervised"].statement
    made = "(Inception score: Inception-v3, 50,000 images; 10,000 real images: 11.2)"
    assert found["place_unsupervised"].measured == f"7.86 {made}"
    assert found["trains_ac_gan"].measured == f"from 2.00 to 8.42 {made}"
    assert found["samples_follow_labels"].measured == (
        "0.900, by chance 0.100 (label accuracy: classifier of these data, 10,000 images; 10,000 real images: 0.950)"
    )


def test_the_paper_profile_has_a_place_among_published_scores(tmp_path):
    some = study(tmp_path)
    resolved = load_experiment("table3_cifar10_resnet").resolve("paper")
    configs = {(run.variant, run.seed): run.plain for run in resolved}
    found = {claim.id: claim for claim in claims(study_of(some.results, configs, tmp_path))}
    assert found["place_unsupervised"].holds
    assert found["place_ac_gan"].holds
    assert "Inception-v3, 50,000 images; 10,000 real images: 11.2" in found["place_ac_gan"].measured


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        ({"scores": (6.5, 8.42)}, {"place_unsupervised"}),
        ({"scores": (7.86, 8.0)}, {"place_ac_gan"}),
        ({"scores": (8.0, 7.9)}, {"labels_help", "place_ac_gan"}),
        (
            {"scores": (5.0, 5.5)},
            {"trains_unsupervised", "trains_ac_gan", "place_unsupervised", "place_ac_gan"},
        ),
        ({"first": 9.0}, {"trains_unsupervised", "trains_ac_gan"}),
        ({"accuracy": 0.15}, {"samples_follow_labels"}),
    ],
)
def test_what_refutes_a_claim(tmp_path, changes, refuted):
    found = verdicts(study(tmp_path, **changes))
    assert {name for name, holds in found.items() if holds is False} == refuted


def test_short_runs_leave_open_what_needs_scale_but_not_whether_labels_are_followed(tmp_path):
    found = verdicts(study(tmp_path, scores=(3.0, 2.0), accuracy=0.1, steps=300))
    assert found.pop("samples_follow_labels") is False
    assert found == {
        "trains_unsupervised": None,
        "trains_ac_gan": None,
        "labels_help": None,
        "place_unsupervised": False,
        "place_ac_gan": False,
    }


def test_a_score_that_is_not_the_papers_has_no_place_in_its_table(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path, images=None))}
    for variant in (UNSUPERVISED, LABELLED):
        assert found[f"place_{variant}"].holds is None
        assert "must not be ranked" in found[f"place_{variant}"].note
    assert found["labels_help"].holds is True


def test_without_runs_nothing_is_decided(tmp_path):
    found = verdicts(study_of(Results("e", "quick", runs=()), {}, tmp_path))
    assert len(found) == 6
    assert set(found.values()) == {None}


def test_fourteen_scores_are_published():
    assert sum(map(len, PUBLISHED.values())) == 14


def test_the_experiment_has_the_variants_that_are_asked_for():
    experiment = load_experiment("table3_cifar10_resnet")
    assert set(experiment.variants) == {UNSUPERVISED, LABELLED}
    for profile in experiment.profiles:
        for run in experiment.resolve(profile):
            # Twice as many samples for the generator, and a rate that falls to zero as the run ends.
            assert run.config.generator.batch_size == 2 * run.config.batch_size
            schedule = run.config.critic.optimizer.schedule
            assert (schedule(0), schedule(run.config.steps)) == (1, 0)
