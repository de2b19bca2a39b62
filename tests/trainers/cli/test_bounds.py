"""`lipschitz bounds`."""

import json

import pytest
import torch
from torch import nn

from lipschitz import product_bound
from lipschitz_trainers.running.bounds import layer_norms
from lipschitz_trainers.running.trained import load_trained

CONFIG = """\
dataset: swiss_roll
generator: {network: {name: mlp, width: 8, depth: 1}, latent: 2, optimizer: adam}
critic: {network: {name: mlp, width: 8, depth: 2}, optimizer: adam, steps: 1}
constraint: CONSTRAINT
batch_size: 16
steps: 3
evaluation: {samples: 32, metrics: [lipschitz_interval]}
checkpoint: {every: 1}
"""


@pytest.fixture
def trained(cli, tmp_path):
    """Return a function that trains a tiny run and returns its folder."""

    def train(constraint="one_sided_gradient_penalty"):
        (tmp_path / f"{constraint}.yaml").write_text(CONFIG.replace("CONSTRAINT", constraint))
        assert cli("train", tmp_path / f"{constraint}.yaml", "--out", tmp_path / constraint).code == 0
        return tmp_path / constraint

    return train


@pytest.mark.parametrize(
    "constraint",
    ["one_sided_gradient_penalty", "two_sided_gradient_penalty", "spectral_norm", "weight_clipping"],
)
def test_every_constraint_gets_an_interval_in_every_norm(cli, trained, constraint):
    done = cli("bounds", trained(constraint), "--json", "--steps", 5)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["step"], found["critic_steps"]) == (3, 3)
    assert [each["norm"] for each in found["bounds"]] == ["2", "1", "inf"]
    for each in found["bounds"]:
        assert 0 < each["lower"] <= each["upper"] * (1 + 1e-6)
        product = 1.0
        for layer in found["layers"]:
            product *= layer["norms"][each["norm"]]
        assert each["upper"] <= product * (1 + 1e-6)
    assert [layer["layer"] for layer in found["layers"]] == ["Linear"] * 3


def test_it_is_the_critic_of_the_newest_checkpoint(cli, trained):
    folder = trained()
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    (line,) = [line for line in lines if "evaluation" in line]
    logged = line["evaluation"]
    (norm,) = json.loads(cli("bounds", folder, "--json", "--norm", 2, "--steps", 20).out)["bounds"]
    assert norm["upper"] == pytest.approx(logged["lipschitz_upper"], rel=1e-9)
    assert norm["lower"] == pytest.approx(logged["lipschitz_lower"], rel=0.2)  # other places to start from
    critic = load_trained(folder).game.critic
    assert product_bound(critic, torch.zeros(1, 2)) == pytest.approx(norm["upper"], rel=1e-9)


def test_a_tighter_upper_bound_on_demand(cli, trained):
    folder = trained()
    plain, tight = (
        json.loads(cli("bounds", folder, "--json", "--norm", "inf", *more).out)["bounds"][0]
        for more in ((), ("--tight",))
    )
    assert plain["lower"] == tight["lower"] <= tight["upper"] < 0.9 * plain["upper"]


def test_a_table_for_people(cli, trained):
    before = cli("bounds", trained(), "--norm", "inf")
    assert (before.code, before.err) == (0, "")
    assert "after 3 critic steps" in before.said
    assert "steepest slope found certified upper bound" in before.said
    assert [line.split()[0] for line in before.out.splitlines() if line.startswith("layers.")] == [
        "layers.0",
        "layers.2",
        "layers.4",
    ]


def test_nothing_in_the_folder_changes(cli, trained):
    folder = trained()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    cli("bounds", folder, "--steps", 0)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_run(cli, tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        done = cli("bounds", folder)
        assert (done.code, done.out) == (2, "")
        assert "holds no run: there is no config.yaml" in done.said
        assert "Traceback" not in done.err


def test_an_experiment_is_told_from_a_run(cli, trained, tmp_path):
    (tmp_path / "experiment" / "runs").mkdir(parents=True)
    trained().rename(tmp_path / "experiment" / "runs" / "mine-seed0")
    done = cli("bounds", tmp_path / "experiment")
    assert done.code == 2
    assert f"name one of its runs, such as {tmp_path / 'experiment' / 'runs' / 'mine-seed0'}." in done.said


def test_a_run_without_a_checkpoint(cli, trained):
    folder = trained()
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    done = cli("bounds", folder)
    assert (done.code, done.out) == (2, "")
    assert "holds no checkpoint" in done.said


def test_damaged_checkpoints_and_wrong_options(cli, trained):
    folder = trained()
    for wrong in (("--norm", "3"), ("--steps", "-1")):
        assert cli("bounds", folder, *wrong).code == 2
    for path in (folder / "checkpoints").iterdir():
        path.write_bytes(b"nothing")
    done = cli("bounds", folder)
    assert done.code == 1
    assert "no checkpoint can be read" in done.said
    assert "Traceback" not in done.err


def test_a_layer_is_measured_at_its_real_input_size():
    blur = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    blur.weight.data.fill_(1.0)
    critic = nn.Sequential(blur, nn.ReLU(), nn.Flatten(), nn.Linear(16, 1))
    first, last = layer_norms(critic, torch.zeros(1, 1, 4, 4), ["2", "inf"])
    columns = [blur(row.reshape(1, 1, 4, 4)).detach().flatten() for row in torch.eye(16)]
    dense = torch.linalg.matrix_norm(torch.stack(columns).double(), ord=2)
    assert first.norms["2"] == pytest.approx(float(dense), rel=1e-6)
    assert first.norms["inf"] == pytest.approx(9)
    assert (first.path, first.layer, last.path, last.layer) == ("0", "Conv2d", "3", "Linear")
