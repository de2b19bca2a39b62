"""Which failures are results."""

import pytest

from lipschitz_trainers.analyses.divergence import diverged, diverged_runs
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

LOST = "training diverged: critic_loss became nan at generator iteration 7."


@pytest.mark.parametrize(
    ("status", "error", "holds"),
    [
        ("failed", LOST, True),
        ("failed", "out of memory", False),
        ("failed", None, False),
        ("interrupted", LOST, False),
        ("done", None, False),
    ],
)
def test_only_losses_that_left_the_numbers_count(status, error, holds):
    assert diverged(RunResult("relu", 0, "", status, error=error)) is holds


def test_they_are_found_by_variant():
    runs = tuple(
        RunResult(variant, seed, "", status, error=LOST)
        for variant in ("relu", "elu")
        for seed, status in enumerate(("done", "failed"))
    )
    study = Study(None, Results("e", "quick", runs=runs), {}, ())
    assert diverged_runs(study, "elu") == (runs[3],)


def test_the_trainers_own_words_count(tmp_path):
    from lipschitz_trainers.config import make_experiment  # the whole configuration, for this test only
    from lipschitz_trainers.running.experiment import make_jobs, run_experiment

    network = {"name": "mlp", "width": 4, "depth": 1}
    experiment = make_experiment(
        {
            "description": "A rate that no critic survives.",
            "base": {
                "dataset": "swiss_roll",
                "generator": {"fixed": {"name": "data_plus_noise", "std": 1.0}},
                "critic": {"network": network, "optimizer": {"name": "sgd", "lr": 1e30}, "steps": 3},
                "constraint": "two_sided_gradient_penalty",
                "batch_size": 4,
                "steps": 3,
                "evaluation": {"samples": 8, "metrics": []},
            },
            "variants": {"lost": {}},
            "profiles": {"quick": None},
            "seeds": 1,
        },
        "lost",
    )
    results = run_experiment(
        make_jobs(experiment.resolve(), tmp_path / "out", resume=False),
        tmp_path / "out",
        workers=1,
        name="lost",
        profile="quick",
        command="lipschitz run",
        analysis={"name": "comparison"},
        on_done=lambda job, result: None,
    )
    assert [run["status"] for run in results["runs"]] == ["failed"]
    assert diverged(RunResult("lost", 0, "", "failed", error=results["runs"][0]["error"]))
