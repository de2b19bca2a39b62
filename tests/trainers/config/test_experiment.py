import pickle
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lipschitz import ConfigError
from lipschitz_trainers.config import experiment as module
from lipschitz_trainers.config.experiment import (
    check_experiment,
    experiment_names,
    load_experiment,
    looks_like_experiment,
    make_experiment,
)
from lipschitz_trainers.config.run_file import parse_run
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml

TEXT = """\
# What the penalty does to the critic.
description: two penalties
base:
  dataset: fake_points
  generator: {network: fake_network, optimizer: adam}
  critic:
    network: fake_network
    optimizer: {name: adam, lr: 1e-4}
  constraint: {name: weight_clipping, bound: 0.1}
  objective: fake_objective
  steps: 1000
variants:
  - clipping:
    penalty: {constraint: {name: two_sided_gradient_penalty}}
  - small: {critic: {network: {name: fake_network, widths: [4]}}}
    large: {critic: {network: {name: fake_network, widths: [64]}}}
seeds: [5, 7]
profiles:
  quick: {overrides: {steps: 10}, seeds: 1}
  paper:
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="study.yaml"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def lines_of(call):
    """Return the lines of the error, without folders."""
    with pytest.raises(ConfigError) as caught:
        call()
    return [re.sub(r"^/.*/(?=study\.yaml)", "", line) for line in str(caught.value).splitlines()]


def test_load(write):
    experiment = load_experiment(write(TEXT))
    assert experiment.name == "study"
    assert experiment.description == "two penalties"
    assert experiment.seeds == (5, 7)
    assert list(experiment.variants) == ["clipping-small", "clipping-large", "penalty-small", "penalty-large"]
    assert list(experiment.profiles) == ["quick", "paper"]
    assert experiment.analysis == {"name": "comparison"}
    assert experiment.check() == []


def test_resolve(write):
    runs = load_experiment(str(write(TEXT))).resolve("paper")
    assert [(run.variant, run.seed) for run in runs][:3] == [
        ("clipping-small", 5),
        ("clipping-small", 7),
        ("clipping-large", 5),
    ]
    assert len(runs) == 8
    penalty = next(run for run in runs if run.variant == "penalty-large").config
    assert penalty.constraint.name == "two_sided_gradient_penalty"
    assert penalty.critic.network.widths == (64,)
    assert penalty.critic.optimizer.lr == 1e-4
    assert penalty.steps == 1000
    for run in runs:
        assert run.config.seed == run.plain["seed"] == run.seed
        assert parse_run(run.plain) == run.config
    assert pickle.loads(pickle.dumps(runs)) == runs


def test_profile_seeds_and_sets(write):
    experiment = load_experiment(write(TEXT))
    assert {(run.seed, run.config.steps) for run in experiment.resolve()} == {(0, 10)}
    assert {run.seed for run in experiment.resolve(seeds=3)} == {0, 1, 2}
    assert {run.seed for run in experiment.resolve(seeds=[9])} == {9}
    assert {run.config.steps for run in experiment.resolve(sets=["steps=3"])} == {3}
    assert {
        run.config.constraint.name for run in experiment.resolve(sets=["constraint.name=spectral_norm"])
    } == {"spectral_norm"}


def test_wrong_arguments(write):
    experiment = load_experiment(write(TEXT))
    with pytest.raises(
        ConfigError, match=r"'study' has no profile 'papr'. Did you mean 'paper'\? Its profiles: quick,"
    ):
        experiment.resolve("papr")
    assert lines_of(lambda: experiment.resolve(seeds=0)) == ["--seeds: must be >= 1, got 0"]
    assert lines_of(lambda: experiment.resolve(sets=["critic.optimizer.lr=-1"])) == [
        "--set critic.optimizer.lr=-1: must be > 0, got -1"
    ]


def test_all_problems_of_all_variants_with_their_lines(write):
    text = (
        TEXT.replace("lr: 1e-4", "lr: -1")
        .replace("widths: [64]", "widths: [0]")
        .replace("steps: 10}", "step: 1}")
    )
    experiment = load_experiment(write(text))
    assert lines_of(lambda: experiment.resolve("quick")) == [
        "study.yaml:8: critic.optimizer.lr: must be > 0, got -1",
        "study.yaml:16: critic.network.widths.0: must be >= 1, got 0",
        "study.yaml:19: step: unknown key. Did you mean 'steps'?",
    ]
    assert len(lines_of(lambda: experiment.resolve("paper"))) == 2


def test_structural_problems_come_with_all_others(write):
    text = (
        TEXT.replace("lr: 1e-4", "lr: -1")
        .replace("[5, 7]", "0")
        .replace("  - clipping:", "  - cli/p: {a: 1}")
    )
    assert [line.partition(": ")[0] for line in lines_of(lambda: load_experiment(write(text)))] == [
        "study.yaml:8",
        "study.yaml:13",
        "study.yaml:17",
    ]


def test_syntax_problems_come_with_all_others(write):
    text = TEXT.replace("lr: 1e-4", "lr: !!timestamp 1").replace("steps: 1000", "steps: 0\n  steps: 3")
    assert [line.partition(";")[0] for line in lines_of(lambda: load_experiment(write(text)))] == [
        "study.yaml:8: base.critic.optimizer.lr: the tag !!timestamp is not allowed",
        "study.yaml:11: steps: must be >= 1, got 0 (in profile 'paper')",
        "study.yaml:12: base.steps: duplicate key, first given on line 11",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; an experiment is a mapping of keys to values"),
        ("[1]", "an experiment is a mapping of keys to values, got [1]"),
        ("a: [", "no valid YAML"),
        (
            "dataset: x\ncritic: y",
            "this is the configuration of one run, not an experiment; use `lipschitz train`",
        ),
    ],
)
def test_no_experiment(write, text, message):
    (line,) = lines_of(lambda: load_experiment(write(text)))
    assert message in line


def test_packaged_names(monkeypatch, tmp_path):
    (tmp_path / "fig1b.yaml").write_text(TEXT)
    (tmp_path / "table2.yaml").write_text(TEXT)
    (tmp_path / "notes.txt").write_text("")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert experiment_names() == ["fig1b", "table2"]
    assert load_experiment("fig1b").name == "fig1b"
    with pytest.raises(
        ConfigError, match=r"'fig1a'. Did you mean 'fig1b'\? Packaged experiments: fig1b, table2"
    ):
        load_experiment("fig1a")
    with pytest.raises(ConfigError, match="there is no such file"):
        load_experiment("fig1b.yaml")
    with pytest.raises(ConfigError, match="there is no such file"):
        load_experiment("nowhere/fig1b")


def test_from_values(minimal):
    values = {
        "description": "made on the command line",
        "base": minimal(),
        "variants": {"a": {}, "b": {"steps": 3}},
        "profiles": {"quick": {}},
    }
    experiment = make_experiment(values, "compare")
    assert [run.config.steps for run in experiment.resolve()] == [1000, 3]
    values["base"]["steps"] = 0
    values["variants"]["b"]["steps"] = -3
    assert lines_of(lambda: make_experiment(values, "compare").resolve()) == [
        "compare: steps: must be >= 1, got -3",
        "compare: steps: must be >= 1, got 0 (in variant 'a')",
    ]
    with pytest.raises(ConfigError, match="compare: seeds: must be >= 1, got 0"):
        make_experiment({**values, "seeds": 0}, "compare")


def test_a_profile_and_the_command_line_choose_among_the_variants(minimal):
    values = {
        "description": "x",
        "base": minimal(),
        "variants": [{"a": {}, "b": {}}, {"1": {}, "2": {}}],
        "profiles": {"quick": {"only": ["a-*", "b-2"]}, "all": {}},
    }
    experiment = make_experiment(values, "chosen")
    assert [run.variant for run in experiment.resolve()] == ["a-1", "a-2", "b-2"]
    assert [run.variant for run in experiment.resolve("all")] == ["a-1", "a-2", "b-1", "b-2"]
    assert [run.variant for run in experiment.resolve("quick", only=["*-1"])] == ["a-1", "b-1"]
    with pytest.raises(
        ConfigError, match=r"no variant of the experiment 'chosen' fits 'c-\*'.* Its variants: a-1"
    ):
        experiment.resolve(only=["a-*", "c-*"])


def paths_of(values, path=()):
    for key, value in values.items() if isinstance(values, dict) else ():
        yield (*path, key)
        yield from paths_of(value, (*path, key))


@given(st.data())
def test_any_renamed_key_is_one_problem_that_names_it(data):
    values = load_yaml(TEXT + "analysis: {name: comparison}\n", "x.yaml").data
    # Names of variants are free; overrides are covered below.
    renamable = [path for path in paths_of(values) if path[0] != "variants" or path == ("variants",)]
    path = data.draw(st.sampled_from([path for path in renamable if path != ("profiles", "paper")]))
    old = path[-1]
    new = data.draw(st.sampled_from([old + "x", "x" + old, old[1:] + old[0]]))
    assume(new not in [place[-1] for place in renamable])
    block = values
    for key in path[:-1]:
        block = block[key]
    renamed = {(new if key == old else key): value for key, value in block.items()}
    block.clear()
    block.update(renamed)
    # What the variants change would be missing as well.
    assume(path != ("base", "critic"))
    problems = list(dict.fromkeys(check_experiment(load_yaml(dump_yaml(values), "x.yaml"), [])))
    assert len(problems) == 1, problems
    assert new in str(problems[0])


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({"base": {}}, True),
        ({"bsae": {}, "variants": {}}, True),
        ({"dataset": "x", "seed": 3}, False),
        ({}, False),
        (None, False),
        ([1], False),
    ],
)
def test_told_apart_from_a_run(data, answer):
    assert looks_like_experiment(data) is answer


def test_packaged_experiments_are_well_formed():
    for name in experiment_names():
        assert load_experiment(name).check() == []
