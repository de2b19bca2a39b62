import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import ConfigError
from lipschitz_trainers.config.run_file import load_run, parse_run, save_run, validate_file
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.config.yaml12 import dump_yaml


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "run.yaml").write_text(text)
        return tmp_path / "run.yaml"

    return write


def test_load(write, minimal):
    path = write("# one run\n" + dump_yaml(minimal(steps=3)))
    assert load_run(path) == RunConfig.model_validate(minimal(steps=3))
    assert load_run(str(path), ["steps=4", "constraint.coefficient=2"]).steps == 4
    assert validate_file(path) == []


def test_all_problems_of_file_and_sets(write, minimal):
    path = write("stpes: 3\nstpes: 4\n" + dump_yaml(minimal()))
    with pytest.raises(ConfigError) as caught:
        load_run(path, ["nope", "batch_size=0", "batch_size.x=1", "dataset.noise=x"])
    assert str(caught.value).splitlines() == [
        f"{path}:1: stpes: unknown key. Did you mean 'steps'?",
        f"{path}:2: stpes: duplicate key, first given on line 1",
        "--set batch_size=0: must be >= 1, got 0",
        "--set dataset.noise=x: must be a number, got 'x'",
        "--set nope: expected KEY=VALUE with dots between keys, such as critic.optimizer.lr=2e-4",
        "--set batch_size.x=1: 'batch_size' is 0, which has no key 'x'.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; the configuration of a run is a mapping"),
        ("- 1", "the configuration of a run is a mapping of keys to values, got [1]"),
        ("a: [", "no valid YAML"),
        ("base: {}", "this is an experiment, not the configuration of one run; use `lipschitz run`"),
    ],
)
def test_no_run(write, text, message):
    with pytest.raises(ConfigError) as caught:
        load_run(write(text))
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_from_values(minimal):
    assert parse_run(minimal(), ["steps=7"]).steps == 7
    with pytest.raises(ConfigError, match=r"^compare: steps: must be >= 1, got 0$"):
        parse_run(minimal(steps=0), file="compare")


@given(st.data())
def test_saved_runs_load_equal(configs, tmp_path_factory, data):
    config = data.draw(configs)
    path = tmp_path_factory.mktemp("run") / "config.yaml"
    save_run(config, path)
    assert load_run(path) == config


def test_the_first_line_is_the_command_that_runs_it(tmp_path, minimal):
    folder = tmp_path / "it's a\nfolder"
    folder.mkdir()
    config = parse_run(minimal())
    save_run(config, folder / "config.yaml")
    first = (folder / "config.yaml").read_text().splitlines()[0]
    assert first == f"# lipschitz train {shlex.quote(str(folder / 'config.yaml'))}".replace("\n", "?")
    assert load_run(folder / "config.yaml") == config


def test_validate_a_run(write, minimal):
    assert [problem.path for problem in validate_file(write(dump_yaml(minimal(steps=0, seed=-1))))] == [
        "steps",
        "seed",
    ]


def test_validate_an_experiment(write, minimal):
    experiment = {
        "description": "x",
        "base": minimal(steps=0),
        "variants": {"a": {"seed": 1}},
        "profiles": {"quick": {}, "paper": {"overrides": {"steps": -1}}},
    }
    text = dump_yaml(experiment)
    assert [(problem.path, problem.message) for problem in validate_file(write(text))] == [
        ("steps", "must be >= 1, got 0 (in profile 'quick')"),
        ("seed", "the seeds of an experiment are listed under its key 'seeds' (or --seeds); remove this one"),
        ("steps", "must be >= 1, got -1"),
    ]
    # Misspelling the one key that all experiments have does not make it a run.
    (problem,) = validate_file(write(text.replace("base:", "bsae:")))
    assert problem.message == "unknown key. Did you mean 'base'?"


def test_validate_what_cannot_be_read(tmp_path, write):
    (problem,) = validate_file(tmp_path / "nowhere.yaml")
    assert problem.message == "there is no such file"
    (problem,) = validate_file(tmp_path)
    assert problem.message.startswith("is a folder")
    (problem,) = validate_file(write("a: ["))
    assert problem.message.startswith("no valid YAML")
