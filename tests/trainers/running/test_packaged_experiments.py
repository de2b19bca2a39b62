"""Every packaged experiment resolves, and its first and last variant run, judge themselves and leave claims."""

import pytest

from lipschitz_trainers.analyses.claims import check_claims
from lipschitz_trainers.analyses.experiments import analysis_names
from lipschitz_trainers.config import experiment_names
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.running.experiment import make_jobs, run_experiment

NAMES = experiment_names()


@pytest.mark.parametrize("name", NAMES)
def test_it_resolves_under_both_profiles(name):
    experiment = load_experiment(name)
    assert experiment.analysis["name"] in analysis_names()
    for profile in ("quick", "paper"):
        runs = experiment.resolve(profile)
        assert runs
        assert {run.variant for run in runs} <= set(experiment.variants)


@pytest.mark.parametrize("name", NAMES)
def test_two_steps_of_it_run(name, tmp_path):
    experiment = load_experiment(name)
    sets = ["steps=2", "critic.steps=1", "batch_size=8", "evaluation.samples=16", "evaluation.every=1"]
    runs = experiment.resolve("quick", sets=sets, seeds=1)
    out = tmp_path / "out"
    results = run_experiment(
        make_jobs([runs[0], runs[-1]] if len(runs) > 1 else runs, out, resume=False),
        out,
        workers=1,
        name=name,
        profile="quick",
        command="lipschitz run",
        analysis=experiment.analysis,
        on_done=lambda job, result: None,
    )
    assert [(run["status"], run["error"]) for run in results["runs"]] == [("done", None)] * len(
        results["runs"]
    )
    claims = check_claims(out).claims
    assert len({claim.id for claim in claims}) == len(claims)
