"""`lipschitz validate`."""

import importlib.resources

import pytest

from lipschitz_trainers.config import experiment_names
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml
from lipschitz_trainers.running.comparison import comparison

PACKAGE = importlib.resources.files("lipschitz_trainers")

GOOD = """\
dataset: swiss_roll
generator: {network: mlp, optimizer: adam}
critic: {network: mlp, optimizer: adam}
constraint: weight_clipping
"""


def test_every_packaged_experiment(cli):
    files = [PACKAGE.joinpath("experiments", f"{name}.yaml") for name in experiment_names()]
    done = cli("validate", *files)
    assert done.code == 0, done.err
    assert done.out.count("ok ") == len(files)
    assert done.err == ""


@pytest.mark.parametrize("kind", ["points", "images", "text"])
def test_every_comparison_once_it_has_variants(cli, tmp_path, kind):
    path = tmp_path / f"{kind}.yaml"
    values = load_yaml(PACKAGE.joinpath("comparisons", path.name).read_text(), path.name).data
    path.write_text(dump_yaml(values | {"variants": {"one": {"constraint": "spectral_norm"}}}))
    assert cli("validate", path).code == 0
    dataset = {"points": "swiss_roll", "images": "digits", "text": "pydoc_topics"}[kind]
    assert comparison(["weight_clipping", "spectral_norm"], dataset, [], recommended=True).check() == []


def test_problems_are_counted_with_their_places(cli, tmp_path):
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(GOOD.replace("dataset", "datset") + "steps: 0\nbatch_size: x\n")
    done = cli("validate", tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "missing.yaml")
    assert done.code == 2
    assert done.out == f"ok  {tmp_path / 'good.yaml'}\n"
    lines = done.err.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'bad.yaml'}:1: datset: unknown key. Did you mean 'dataset'?")
    assert lines[1].startswith(f"{tmp_path / 'bad.yaml'}:5: steps: ")
    assert lines[2].startswith(f"{tmp_path / 'bad.yaml'}:6: batch_size: ")
    assert lines[3] == f"{tmp_path / 'missing.yaml'}: there is no such file"
    assert lines[4] == "error: 4 problems found"


def test_one_problem_is_one_problem(cli, tmp_path):
    (tmp_path / "bad.yaml").write_text(GOOD + "steps: 0\n")
    assert cli("validate", tmp_path / "bad.yaml").err.splitlines()[-1] == "error: 1 problem found"
