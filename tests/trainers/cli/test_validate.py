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
    assert sum(line.startswith("ok  ") for line in done.out.splitlines()) == len(files)
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


def test_everything_that_does_not_fit_is_reported_in_one_go(cli, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        GOOD.replace("swiss_roll", "{name: image_folder, images: nowhere.zip}")
        + "objective: wasserstein_ac_gan\nsteps: 0\n"
        + "evaluation: {samples: 5, metrics: [ngram_jensen_shannon, inception_score]}\n"
    )
    done = cli("validate", path)
    assert done.code == 2
    assert [line.split(": ")[0:2] for line in done.err.splitlines()[:-1]] == [
        [f"{path}:1", "dataset"],
        [f"{path}:2", "generator.network"],
        [f"{path}:3", "critic.network"],
        [f"{path}:5", "objective"],
        [f"{path}:6", "steps"],
        [f"{path}:7", "evaluation.metrics.0"],
        [f"{path}:7", "evaluation.metrics.1"],
    ]


EXPERIMENT = """\
description: of images
base:
  dataset: {name: image_folder, images: %s}
  generator: {network: mlp, optimizer: adam}
  critic: {network: mlp, optimizer: adam}
  constraint: weight_clipping
profiles:
  quick: %s
  large: {overrides: {dataset: {name: text, path: nowhere.txt}}}
"""


def test_files_that_no_profile_can_do_without_are_a_problem_and_others_are_noted(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(EXPERIMENT % ("nowhere.zip", "{overrides: {dataset: swiss_roll}}"))
    done = cli("validate", path)
    assert done.code == 0
    ok, note = done.out.splitlines()
    assert ok == f"ok  {path}"
    assert note.startswith(f"not on this machine: {path}:9: dataset: nowhere.txt: expected a text file")
    assert note.endswith("(in profile 'large')")
    path.write_text(
        (EXPERIMENT % ("nowhere.zip", "null")).replace("name: text, path: nowhere.txt", "size: 8")
    )
    done = cli("validate", path)
    assert done.code == 2
    assert done.err.startswith(
        f"{path}:3: dataset: nowhere.zip: expected a folder or a zip file of images, got no "
    )
    assert done.err.splitlines()[1:] == ["error: 1 problem found"]
