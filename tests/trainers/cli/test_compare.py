"""`lipschitz compare`, as a user meets it."""

import json
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch

import lipschitz
from lipschitz.registry import registered
from lipschitz_trainers import hookimpl, registry
from lipschitz_trainers.config import load_run
from lipschitz_trainers.data import Dataset, from_tensor

TWO = ("compare", "weight_clipping", "one_sided_gradient_penalty", "--on")


@dataclass(frozen=True, kw_only=True)
class Breaks(lipschitz.Constraint):
    """Fails at the third critic step."""

    name = "breaks"

    def penalty(self, critic, batch):
        if batch.step == 2:
            raise RuntimeError("[this] plugin is broken")
        return lipschitz.no_penalty(batch)


def without_seconds(results):
    """Return what a comparison found, without how long it took."""
    found = []
    for run in results["runs"]:
        metrics = {key: value for key, value in run["metrics"].items() if not key.endswith("_seconds")}
        found.append({**run, "metrics": metrics, "wall_seconds": None})
    return found


@pytest.mark.parametrize("dataset", ["swiss_roll", "digits"])
def test_leaves_results_a_report_and_figures(cli, tmp_path, results, dataset):
    width = ("--set", "critic.network.width=8", "--set", "generator.network.width=8")
    small = ("--set", "steps=2", "--set", "batch_size=16", "--set", "evaluation.samples=32", *width)
    done = cli(*TWO, dataset, "--seeds", 1, "--workers", 1, "--out", tmp_path / "out", *small)
    assert done.code == 0, done.err
    assert f"compare-{dataset} (quick): 2 runs, 1 at a time, in {tmp_path / 'out'}" in done.out
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in done.out
    assert "weight_clipping" in done.out
    assert done.err.count("done ") == 2
    assert "\x1b" not in done.out + done.err
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000
    assert list((tmp_path / "out" / "figures").glob("*.png"))
    found = results(tmp_path / "out")
    assert [(run["variant"], run["seed"], run["status"]) for run in found["runs"]] == [
        ("weight_clipping", 0, "done"),
        ("one_sided_gradient_penalty", 0, "done"),
    ]
    assert found["command"].startswith("lipschitz compare weight_clipping one_sided_gradient_penalty --on")


def test_processes_change_nothing(cli, tiny, tmp_path, results, no_report):
    arguments = (*TWO, "swiss_roll", "--seeds", 2, *tiny)
    for workers in (1, 2):
        assert cli(*arguments, "--workers", workers, "--out", tmp_path / str(workers)).code == 0
    one, two = (without_seconds(results(tmp_path / str(workers))) for workers in (1, 2))
    assert one == two
    assert len(one) == 4
    assert len({run["metrics"]["w1"] for run in one}) == 4


def test_every_run_can_be_run_alone_and_gives_the_same(cli, tiny, tmp_path, results, no_report):
    cli(*TWO, "swiss_roll", "--seeds", 2, "--workers", 1, "--out", tmp_path / "out", *tiny)
    for run in results(tmp_path / "out")["runs"]:
        alone = tmp_path / f"{run['variant']}{run['seed']}"
        assert cli("train", tmp_path / "out" / run["directory"] / "config.yaml", "--out", alone).code == 0
        assert json.loads((alone / "result.json").read_text())["metrics"]["w1"] == run["metrics"]["w1"]


def test_recommended_optimizers_are_used_and_named(cli, tiny, tmp_path):
    done = cli(*TWO, "swiss_roll", "--recommended", "--seeds", 1, "--workers", 1, "--out", tmp_path, *tiny)
    assert done.code == 0, done.err
    config = load_run(tmp_path / "runs" / "weight_clipping-seed0" / "config.yaml")
    assert (config.critic.optimizer.name, config.critic.optimizer.lr) == ("rmsprop", 5e-5)
    page = (tmp_path / "report.html").read_text().lower()
    assert "rmsprop" in page


def test_a_failing_run_is_reported_and_the_others_go_on(cli, tiny, tmp_path, results):
    with registered(Breaks):
        done = cli(
            "compare",
            "breaks",
            "spectral_norm",
            "--on",
            "swiss_roll",
            "--seeds",
            1,
            "--workers",
            1,
            "--out",
            tmp_path,
            *tiny,
        )
    assert done.code == 1
    assert "RuntimeError: [this] plugin is broken" in done.err
    assert "Traceback" not in done.err
    broken, other = results(tmp_path)["runs"]
    assert broken["status"] == "failed"
    assert broken["error"].startswith("RuntimeError: [this] plugin is broken (traceback in ")
    assert other["status"] == "done"
    assert (tmp_path / "report.html").exists()


def test_a_batch_norm_critic_fails_penalties_and_suits_clipping(cli, tiny, tmp_path, results, no_report):
    batch_norm = ("--set", "critic.network.normalization=batch")
    done = cli(*TWO, "swiss_roll", "--seeds", 1, "--workers", 1, "--out", tmp_path, *tiny, *batch_norm)
    assert done.code == 1
    clipping, penalty = results(tmp_path)["runs"]
    assert clipping["status"] == "done"
    assert penalty["status"] == "failed"
    assert "BatchNorm" in penalty["error"]
    assert "LayerNorm" in penalty["error"]


def test_a_run_that_diverges_is_reported(cli, tiny, tmp_path, results, no_report):
    diverging = (
        "--set",
        "critic.optimizer={name: sgd, lr: 1e30}",
        "--set",
        "steps=30",
        "--set",
        "objective=least_squares",
    )
    done = cli(
        "compare", "two_sided_gradient_penalty", "weight_clipping", "--on", "swiss_roll",
        "--seeds", 1, "--workers", 1, "--out", tmp_path, *tiny, *diverging,
    )  # fmt: skip
    assert done.code == 1
    run = results(tmp_path)["runs"][0]
    assert run["status"] == "failed"
    assert "training diverged" in run["error"]
    assert "Lower the learning rates" in done.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("wieght_clipping", "spectral_norm", "--on", "swiss_roll"), "Did you mean 'weight_clipping'?"),
        (("weight_clipping", "spectral_norm", "--on", "swissroll"), "Did you mean 'swiss_roll'?"),
        (("weight_clipping", "--on", "swiss_roll"), "two or more constraints"),
        ((*TWO[1:], "swiss_roll", "--profile", "quik"), "Did you mean 'quick'?"),
        ((*TWO[1:], "swiss_roll", "--set", "critic.optimizer.l=1"), "l=1: unknown key. Did you mean 'lr'?"),
        ((*TWO[1:], "swiss_roll", "--set", "stepz=1"), "--set stepz=1: unknown key. Did you mean 'steps'?"),
        ((*TWO[1:], "swiss_roll", "--set", "steps=none"), "--set steps=none: must be a whole number, got 'none'"),
        ((*TWO[1:], "swiss_roll", "--set", "critic.optimizer.lr=-1"), "must be > 0, got -1"),
        ((*TWO[1:], "swiss_roll", "--set", "steps"), "expected KEY=VALUE"),
        ((*TWO[1:], "swiss_roll", "--seeds", "0"), "--seeds"),
        ((*TWO[1:], "swiss_roll", "--devices", "0"), "--devices"),
        (TWO[1:3], "--on"),
        ((*TWO[1:], "swiss_roll", "--resume", "--overwrite"), "give one of the two"),
    ],
)  # fmt: skip
def test_a_mistake_ends_in_one_message(cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = cli("compare", *arguments)
    assert done.code == 2
    assert said in done.said
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_several_mistakes_are_told_at_once(cli, tmp_path):
    done = cli(*TWO, "swiss_roll", "--out", tmp_path / "out", "--set", "stepz=1", "--set", "batch_size=0")
    assert done.code == 2
    assert "Did you mean 'steps'?" in done.err
    assert "batch_size" in done.err


@dataclass(frozen=True, kw_only=True)
class Holes(Dataset):
    """Points, one of which is nowhere."""

    name = "holes"

    def open(self):
        return from_tensor(torch.tensor([[0.0, 1.0], [2.0, float("nan")], [1.0, 1.0]]))


@pytest.fixture
def holes():
    host = registry.plugin_manager()
    host.add(SimpleNamespace(register_datasets=hookimpl(lambda register: register(Holes))), "holes")
    yield "holes"
    host.remove("holes")


def test_data_with_a_hole_is_refused_before_anything_is_trained(cli, tiny, tmp_path, holes):
    done = cli(*TWO, holes, "--out", tmp_path / "out", *tiny)
    assert done.code == 2
    assert "values that are NaN or infinite" in done.said
    assert not (tmp_path / "out").exists()


def test_in_an_experiment_the_variants_with_good_data_go_on(cli, tmp_path, results, no_report, holes):
    (tmp_path / "x.yaml").write_text(
        "description: d\nprofiles: {quick: null}\nvariants: {good: {}, bad: {dataset: holes}}\n"
        "base:\n  dataset: swiss_roll\n  constraint: weight_clipping\n  steps: 1\n  batch_size: 8\n"
        "  generator: {network: {name: mlp, width: 8, depth: 1}, latent: 2, optimizer: adam}\n"
        "  critic: {network: {name: mlp, width: 8, depth: 1}, optimizer: adam, steps: 1}\n"
        "  evaluation: {samples: 8, metrics: [w1]}\n"
    )
    assert cli("run", tmp_path / "x.yaml", "--out", tmp_path / "out", "--workers", 1).code == 1
    good, bad = results(tmp_path / "out")["runs"]
    assert (good["status"], bad["status"]) == ("done", "failed")
    assert "NaN or infinite" in bad["error"]
