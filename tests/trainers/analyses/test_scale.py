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


PENALTY = {"name": "one_sided_gradient_penalty", "coefficient": 3}
EVERY = {"constraint": {**PENALTY, "every": 4}}
COSINE = {"name": "warm_up_cosine", "steps": 2000}
SCHEDULED = {**PLAYER, "optimizer": {"name": "adam", "schedule": COSINE}}


@pytest.mark.parametrize(
    ("profiles", "phrase"),
    [
        (({}, {"critic": SCHEDULED}), "critic.optimizer.schedule – instead of warm_up_cosine (steps 2000, "),
        (({"critic": SCHEDULED}, {}), "critic.optimizer.schedule warm_up_cosine (steps 2000, "),
        (({"generator": {"ema": 0.9}}, {}), "generator.ema 0.9 instead of –"),
        ((EVERY, {"constraint": PENALTY}), "constraint.every 4 instead of –"),
        (({"constraint": PENALTY}, EVERY), "constraint.every – instead of 4"),
    ],
)
def test_a_setting_that_one_side_lacks_is_named(tmp_path, profiles, phrase):
    quick, paper = ({"overrides": overrides} for overrides in profiles)
    own = make_experiment({**VALUES, "profiles": {"quick": quick, "paper": paper}}, "x")
    (found,) = reductions(study_of(tmp_path, own, "quick", variants={"plain"}), own)[:-1]
    assert found.startswith(phrase)
    assert found.count(" instead of ") == 1


def test_variants_that_the_paper_profile_does_not_run_are_counted(tmp_path):
    paper = {"only": ["short"], "overrides": {"batch_size": 256}}
    own = make_experiment({**VALUES, "profiles": {"quick": None, "paper": paper}}, "x")
    found = reductions(study_of(tmp_path, own, "quick"), own)
    assert found == ("batch_size 64 instead of 256", "2 variants that the paper profile does not run")
    shutil.rmtree(tmp_path / "runs")
    found = reductions(study_of(tmp_path, own, "quick", variants={"plain"}), own)
    assert found == ("0 of 1 variants", "1 variant that the paper profile does not run")


def test_fields_that_are_younger_than_the_runs_count_with_their_defaults(experiment, tmp_path):
    study_of(tmp_path, experiment, "paper")
    for path in tmp_path.glob("runs/*/config.yaml"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "normalization" not in line))
        assert path.read_text() != "".join(lines)
    assert reductions(load_study(tmp_path), experiment) == ()


def test_runs_without_a_configuration_are_survived(experiment, tmp_path):
    study_of(tmp_path, experiment, "quick")
    shutil.rmtree(tmp_path / "runs")
    assert reductions(load_study(tmp_path), experiment) == ()


def test_an_experiment_that_reproduces_nothing_has_no_scale(tmp_path):
    values = {**VALUES, "profiles": {"quick": None}}
    own = make_experiment({key: value for key, value in values.items() if key != "paper"}, "x")
    assert reductions(study_of(tmp_path, own, "quick"), own) == ()
