"""What is reduced is found out from the configurations, never written by hand."""

import json
import shutil

import pytest

from lipschitz_trainers.analyses.scale import reductions
from lipschitz_trainers.analyses.study import load_study
from lipschitz_trainers.config.experiment import make_experiment
from lipschitz_trainers.config.run_file import save_run

PLAYER = {"network": {"name": "mlp", "width": 8, "depth": 1}, "optimizer": "adam"}
VALUES = {
    "description": "d",
    "paper": "p",
    "base": {
        "dataset": "swiss_roll",
        "generator": {**PLAYER, "latent": 2},
        "critic": PLAYER,
        "constraint": "weight_clipping",
        "steps": 2000,
    },
    "variants": {
        "plain": {},
        "clipped": {"constraint": {"name": "weight_clipping", "bound": 0.1}},
        "short": {"steps": 500},
    },
    "seeds": 3,
    "profiles": {
        "quick": {"overrides": {"batch_size": 16, "checkpoint": {"every": 7}}, "seeds": 1},
        "paper": {"overrides": {"batch_size": 256}},
    },
}


def study_of(folder, experiment, profile, sets=(), variants=None):
    """Write what runs of an experiment would leave, without running them."""
    runs = []
    for run in experiment.resolve(profile, sets):
        if variants is None or run.variant in variants:
            directory = f"runs/{run.variant}-seed{run.seed}"
            (folder / directory).mkdir(parents=True)
            save_run(run.config, folder / directory / "config.yaml")
            entry = {"variant": run.variant, "seed": run.seed, "directory": directory}
            runs.append({**entry, "status": "done", "metrics": {}, "wall_seconds": 1.0, "error": None})
    content = {"experiment": "x", "profile": profile, "environment": {}, "runs": runs, "claims": []}
    (folder / "results.json").write_text(json.dumps(content))
    return load_study(folder)


@pytest.fixture
def experiment():
    return make_experiment(VALUES, "x")


def test_the_paper_profile_is_not_reduced(experiment, tmp_path):
    assert reductions(study_of(tmp_path, experiment, "paper"), experiment) == ()


def test_settings_and_seeds_are_named_with_both_values(experiment, tmp_path):
    found = reductions(study_of(tmp_path, experiment, "quick"), experiment)
    assert found == ("batch_size 16 instead of 256", "seeds 1 instead of 3")


def test_changes_on_the_command_line_count(experiment, tmp_path):
    found = reductions(study_of(tmp_path, experiment, "quick", ["steps=40", "critic.steps=1"]), experiment)
    assert found == (
        "critic.steps 1 instead of 5",
        "batch_size 16 instead of 256",
        "steps 40 instead of 2000 or 500",
        "seeds 1 instead of 3",
    )


def test_variants_that_were_left_out_are_counted(experiment, tmp_path):
    found = reductions(study_of(tmp_path, experiment, "paper", variants={"plain", "short"}), experiment)
    assert found == ("2 of 3 variants",)


def test_runs_without_a_configuration_are_survived(experiment, tmp_path):
    study_of(tmp_path, experiment, "quick")
    shutil.rmtree(tmp_path / "runs")
    assert reductions(load_study(tmp_path), experiment) == ()


def test_an_experiment_that_reproduces_nothing_has_no_scale(tmp_path):
    values = {**VALUES, "profiles": {"quick": None}}
    own = make_experiment({key: value for key, value in values.items() if key != "paper"}, "x")
    assert reductions(study_of(tmp_path, own, "quick"), own) == ()
