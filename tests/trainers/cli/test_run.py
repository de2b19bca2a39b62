"""`lipschitz run`, and every packaged experiment."""

import pytest

from lipschitz_trainers.config import experiment_names, load_experiment

SHORT = (
    "steps=2",
    "batch_size=8",
    "critic.steps=1",
    "evaluation.samples=32",
    "evaluation.every=null",
    "device=cpu",
)
SETS = [part for change in SHORT for part in ("--set", change)]


@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_runs(cli, tmp_path, results, no_report, name):
    done = cli("run", name, "--seeds", 1, "--workers", 1, "--out", tmp_path, *SETS)
    assert done.code == 0, done.err
    found = results(tmp_path)
    runs, ids = found["runs"], [claim["id"] for claim in found["claims"]]
    assert len(set(ids)) == len(ids)
    assert {run["variant"] for run in runs} == {run.variant for run in load_experiment(name).resolve()}
    assert {run["status"] for run in runs} == {"done"}


@pytest.mark.large
@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_has_a_report(cli, tmp_path, name):
    done = cli("run", name, "--seeds", 1, "--workers", 1, "--out", tmp_path, *SETS)
    assert done.code == 0, done.err
    assert (tmp_path / "report.html").stat().st_size > 1000


@pytest.mark.parametrize("name", experiment_names())
def test_every_profile_of_every_experiment_is_well_formed(name):
    experiment = load_experiment(name)
    assert experiment.check() == []
    for profile in experiment.profiles:
        assert experiment.resolve(profile)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("toy_gn",), "unknown experiment 'toy_gn'. Did you mean 'toy_gan'?"),
        (("toy_gan", "--profile", "papr"), "has no profile 'papr'. Did you mean 'paper'?"),
        (("toy_gan", "--only", "swizz*"), "no variant of the experiment 'toy_gan' fits 'swizz*'"),
        (("toy_gan", "--set", "critc.steps=1"), "Did you mean 'critic'?"),
        (("missing.yaml",), "missing.yaml: there is no such file"),
        (("toy_gan", "--workers", "0"), "--workers"),
        (("toy_gan", "--workers", "many"), "--workers"),
        (("toy_gan", "--sedes", "2"), "No such option"),
    ],
)
def test_a_mistake_ends_in_one_message(cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = cli("run", *arguments)
    assert done.code == 2
    assert said in done.said
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_of_one_run_is_no_experiment(cli, tmp_path):
    (tmp_path / "one.yaml").write_text("dataset: swiss_roll\nsteps: 3\n")
    done = cli("run", tmp_path / "one.yaml")
    assert done.code == 2
    assert "use `lipschitz train`" in done.said
