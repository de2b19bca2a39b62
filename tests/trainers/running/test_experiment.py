"""An experiment's folder: fixed keys, failures beside successes, resuming, a Dask cluster."""

import json

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.config import make_experiment
from lipschitz_trainers.running import jobs as jobs_module
from lipschitz_trainers.running.experiment import make_jobs, run_experiment

ADAM = {"name": "adam", "lr": 1e-3}
NAN = {"name": "conv_critic"}


@pytest.fixture
def resolve():
    """Return a function from changes to the runs of an experiment: one variant is always refused."""

    def make(steps=4, seeds=1):
        return make_experiment(
            {
                "description": "Two constraints, one of them on a critic it cannot have.",
                "base": {
                    "dataset": "swiss_roll",
                    "generator": {
                        "network": {"name": "mlp", "width": 8, "depth": 1},
                        "latent": 2,
                        "optimizer": ADAM,
                    },
                    "critic": {
                        "network": {"name": "mlp", "width": 8, "depth": 1},
                        "optimizer": ADAM,
                        "steps": 1,
                    },
                    "constraint": "one_sided_gradient_penalty",
                    "batch_size": 16,
                    "steps": steps,
                    "evaluation": {"samples": 32, "metrics": ["w1"]},
                    "checkpoint": {"every": 1},
                },
                "variants": {
                    "good": {},
                    "bad": {
                        "critic": {
                            "network": {"name": "mlp", "width": 8, "depth": 1, "normalization": "batch"}
                        }
                    },
                    "clipped": {"constraint": "weight_clipping"},
                },
                "profiles": {"quick": None},
                "seeds": seeds,
            },
            "three",
        ).resolve()

    return make


@pytest.fixture
def carry_out(tmp_path):
    """Return a function that runs an experiment into a folder."""
    out = tmp_path / "out"

    def call(runs, resume=False, **more):
        jobs = make_jobs(runs, out, resume=resume)
        told = []
        arguments = {
            "workers": 1,
            "on_done": lambda job, result: told.append((job.variant, result["status"])),
        } | more
        results = run_experiment(
            jobs,
            out,
            name="three",
            profile="quick",
            command="lipschitz run",
            analysis={"name": "comparison"},
            **arguments,
        )
        return results, told, out

    return call


def test_results_have_the_fixed_keys_and_a_failure_stops_nothing(resolve, carry_out):
    results, told, out = carry_out(resolve(seeds=2))
    assert json.loads((out / "results.json").read_text()) == results
    assert results.keys() == {"experiment", "profile", "command", "environment", "analysis", "runs", "claims"}
    assert told == [
        (v, s) for v, s in (("good", "done"), ("bad", "failed"), ("clipped", "done")) for _ in range(2)
    ]
    for run, (variant, seed) in zip(
        results["runs"], [(v, s) for v in ("good", "bad", "clipped") for s in (0, 1)], strict=True
    ):
        assert list(run) == ["variant", "seed", "directory", "status", "metrics", "wall_seconds", "error"]
        assert (run["variant"], run["seed"], run["directory"]) == (
            variant,
            seed,
            f"runs/{variant}-seed{seed}",
        )
        assert (out / run["directory"] / "config.yaml").exists()
        if variant == "bad":
            assert run["status"] == "failed"
            assert run["metrics"] == {}
            assert "LayerNorm" in run["error"]
        else:
            assert run["status"] == "done"
            assert run["metrics"]["w1"] > 0
            assert run["error"] is None


def test_results_are_there_from_the_start(resolve, carry_out, monkeypatch):
    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs_module, "execute", die)
        with pytest.raises(KeyboardInterrupt):
            carry_out(resolve())
    _, told, out = carry_out(resolve(), resume=True)
    assert [status for _, status in told] == ["done", "failed", "done"]
    assert len(json.loads((out / "results.json").read_text())["runs"]) == 3


def test_resuming_runs_what_is_not_done_and_nothing_else(resolve, carry_out, monkeypatch):
    first, _, _ = carry_out(resolve())
    ran = []
    execute = jobs_module.execute
    monkeypatch.setattr(jobs_module, "execute", lambda job: ran.append(job.variant) or execute(job))
    second, _, _ = carry_out(resolve(), resume=True)
    assert ran == ["bad"]
    for a, b in zip(first["runs"], second["runs"], strict=True):
        if a["variant"] != "bad":
            assert a == b


def test_claims_survive_resuming(resolve, carry_out):
    _, _, out = carry_out(resolve())
    results = json.loads((out / "results.json").read_text())
    results["claims"] = [{"id": "a", "statement": "s", "paper": 1, "measured": 2, "holds": True, "note": ""}]
    (out / "results.json").write_text(json.dumps(results))
    assert carry_out(resolve(), resume=True)[0]["claims"] == results["claims"]


def test_results_are_not_overwritten_unasked(resolve, carry_out):
    carry_out(resolve())
    with pytest.raises(
        ConfigError, match="already holds results; continue them with --resume, or choose another"
    ):
        carry_out(resolve())


def test_runs_without_their_results_file_are_not_overwritten_either(resolve, carry_out):
    _, _, out = carry_out(resolve())
    (out / "results.json").unlink()
    with pytest.raises(ConfigError, match=r"runs/good-seed0 already holds a run"):
        carry_out(resolve())


def test_finished_runs_are_safe_from_resuming_with_other_settings(resolve, carry_out):
    _, _, out = carry_out(resolve(steps=4))
    before = (out / "results.json").read_text()
    with pytest.raises(ConfigError, match="already at generator iteration 4, beyond steps=3"):
        carry_out(resolve(steps=3), resume=True)
    assert (out / "results.json").read_text() == before


def test_a_file_in_the_place_of_the_folder(resolve, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(ConfigError, match="out is a file; name a folder"):
        make_jobs(resolve(), tmp_path / "out", resume=False)


def test_folders_are_absolute_for_workers_elsewhere(resolve, tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    for job in make_jobs(resolve(), Path("relative"), resume=False):
        assert job.folder.is_absolute()
        assert job.stop_file == tmp_path / "relative" / ".stop"


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same(resolve, carry_out, tmp_path):
    from distributed import LocalCluster

    here, _, _ = carry_out(resolve())
    (tmp_path / "out").rename(tmp_path / "here")
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        there, _, _ = carry_out(resolve(), scheduler=cluster.scheduler_address)
    for a, b in zip(here["runs"], there["runs"], strict=True):
        assert a["status"] == b["status"]
        assert a["metrics"].get("w1") == b["metrics"].get("w1")


def test_resuming_with_fewer_runs_is_refused_naming_those_left_out(resolve, tmp_path):
    runs = resolve(seeds=2)
    there = {"runs": [{"variant": run.variant, "seed": run.seed} for run in runs]}
    (tmp_path / "results.json").write_text(json.dumps(there))
    assert len(make_jobs(runs, tmp_path, resume=True)) == 6
    with pytest.raises(ConfigError, match=r"would leave out \(good seed 1, bad seed 1, clipped seed 1\)"):
        make_jobs(resolve(seeds=1), tmp_path, resume=True)
