import copy

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lipschitz.schedules import Burst, Linear
from lipschitz_trainers.config.checking import check_run
from lipschitz_trainers.config.layers import layer_at
from lipschitz_trainers.config.optimizers import Adam
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.schema import (
    CheckpointConfig,
    EvaluationConfig,
    RunConfig,
)
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml


def problems(values):
    """Write values as a file and return what is wrong with it, and the document."""
    document = load_yaml(dump_yaml(values), "run.yaml")
    layer = layer_at(document, ())
    config, faults = check_run(layer)
    assert (config is None) == bool(faults)
    return [layer.problem(fault) for fault in faults], document


def keys_of(values, path=()):
    """Return the path of every key of every mapping."""
    inner = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    own = [(*path, key) for key, _ in inner] if isinstance(values, dict) else []
    return own + [place for key, value in inner for place in keys_of(value, (*path, key))]


def at(values, path):
    for key in path:
        values = values[key]
    return values


def changed(values, path, value):
    values = copy.deepcopy(values)
    at(values, path[:-1])[path[-1]] = value
    return values


def test_defaults(minimal, fakes):
    config = RunConfig.model_validate({key: v for key, v in minimal().items() if key != "objective"})
    assert config.objective.name == "wasserstein"
    assert (config.batch_size, config.steps, config.seed, config.devices) == (64, 1000, 0, 1)
    assert (config.device, config.precision) == ("auto", "32-true")
    assert config.evaluation == EvaluationConfig(every=None, samples=1000, metrics=None)
    assert config.checkpoint == CheckpointConfig(every=None, keep=2)
    assert config.critic.steps == 5
    assert config.critic.optimizer == Adam(lr=1e-4, betas=(0.0, 0.9))
    assert config.dataset == fakes.FakePoints(noise=0.2)


def test_built_objects_are_taken_as_they_are(minimal, fakes):
    values = minimal(dataset=fakes.FakePoints(), evaluation=EvaluationConfig(samples=5))
    config = RunConfig.model_validate(values)
    assert config.dataset == fakes.FakePoints()
    assert config.evaluation.samples == 5


def test_schedules(minimal):
    critic = minimal()["critic"]
    critic["steps"] = {"name": "burst", "usual": 5, "burst": 100, "first": 25, "every": 500}
    critic["optimizer"]["schedule"] = {"name": "linear", "start": 1, "end": 0, "steps": 100}
    config = RunConfig.model_validate(minimal(critic=critic))
    assert config.critic.steps == Burst()
    assert config.critic.optimizer.schedule == Linear(start=1, end=0, steps=100)


WRONG = [
    (("dataset", "noise"), "0.1", "must be a number, got '0.1' (write it without quotes)"),
    (("dataset", "rotated"), "no", "must be true or false, got 'no'"),
    (("generator", "latent"), 0, "must be >= 1, got 0"),
    (("generator", "network", "widths"), [8, 0], "must be >= 1, got 0"),
    (("generator", "network", "activation"), "sigmoid", "must be 'relu' or 'tanh', got 'sigmoid'"),
    (("generator", "optimizer", "lr"), -1, "must be > 0, got -1"),
    (("critic", "network"), 3, "must be the name of a network or a mapping with a 'name', got 3"),
    (("critic", "steps"), 0, "must be >= 1, got 0"),
    (("critic", "steps"), True, "must be a whole number or a schedule, got true"),
    (("critic", "steps"), 2.5, "must be a whole number or a schedule, got 2.5"),
    (
        ("critic", "steps"),
        {"name": "linear", "start": 5, "end": 0, "steps": 9},
        "must never fall below 1 critic step, but this schedule goes to 0",
    ),
    (
        ("critic", "optimizer", "betas"),
        [0, 1],
        "must be < 1, got 1",
    ),
    (("critic", "optimizer", "eps"), None, "must be a number, got null"),
    (
        ("critic", "optimizer", "schedule"),
        {"name": "constant", "value": -1},
        "must never be negative, as a factor on the learning rate; got Constant(value=-1.0)",
    ),
    (("constraint", "coefficient"), float("nan"), "must be a finite number, got nan"),
    (("objective", "margin"), True, "must be a number, got true"),
    (("batch_size",), 64.0, "must be a whole number, got 64.0"),
    (("steps",), float("inf"), "must be a whole number, got inf"),
    (("seed",), -1, "must be >= 0, got -1"),
    (("evaluation", "samples"), 1, "must be >= 2, got 1"),
    (("evaluation", "metrics"), "fake_distance", "must be a list of metrics, got 'fake_distance'"),
    (("checkpoint", "keep"), [1], "must be a whole number, got [1]"),
    (("device",), "gpu", "must be 'auto', 'cpu', 'cuda' or 'mps', got 'gpu'. Did you mean 'cpu'?"),
    (("precision",), 32, "must be '32-true', '64-true', 'bf16-mixed' or '16-mixed', got 32"),
    (("devices",), "1", "must be a whole number, got '1' (write it without quotes)"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG, ids=str)
def test_wrong_values(minimal, path, value, message):
    complete = to_plain(RunConfig.model_validate(minimal()))
    (problem,), document = problems(changed(complete, path, value))
    assert problem.message == message
    assert problem.path.startswith(".".join(path))
    assert (
        problem.line == document.lines[tuple(int(p) if p.isdigit() else p for p in problem.path.split("."))]
    )


@given(st.lists(st.sampled_from(WRONG), unique_by=lambda wrong: wrong[0], min_size=1))
@example([*{wrong[0]: wrong for wrong in WRONG if wrong[0] != ("critic", "network")}.values()])
def test_n_faults_are_n_problems(minimal, wrong):
    values = to_plain(RunConfig.model_validate(minimal()))
    for path, value, _ in wrong:
        values = changed(values, path, value)
    found, _ = problems(values)
    assert sorted(problem.message for problem in found) == sorted(message for _, _, message in wrong)


@given(st.data())
def test_any_renamed_key_is_one_problem_that_names_it(runs, data):
    values = to_plain(RunConfig.model_validate(data.draw(runs)))
    path = data.draw(st.sampled_from(keys_of(values)), label="path")
    old = path[-1]
    edits = st.sampled_from([old + "x", old[1:] + old[0], old.upper(), "x" + old[:-1]])
    new = data.draw(edits | st.text("abcdefghijklmnop_", min_size=1), label="new name")
    taken = {place[-1] for place in keys_of(values)} | {"every", "schedules", "fixed", "name", "ema"}
    assume(new not in taken)
    values = copy.deepcopy(values)
    block = at(values, path[:-1])
    renamed = {(new if key == old else key): value for key, value in block.items()}
    block.clear()
    block.update(renamed)
    found, document = problems(values)
    assert len(found) == 1, found
    assert f"{new!r}" in found[0].message or found[0].path.endswith(new)
    assert found[0].line in (document.lines[(*path[:-1], new)], document.lines[path[:-1]])


@given(st.data())
def test_any_dropped_key_is_a_default_or_one_problem(runs, data):
    values = to_plain(RunConfig.model_validate(data.draw(runs)))
    path = data.draw(st.sampled_from(keys_of(values)), label="path")
    values = copy.deepcopy(values)
    del at(values, path[:-1])[path[-1]]
    found, _ = problems(values)
    assert len(found) <= 1 or path == ("generator", "fixed"), found


@given(st.data())
def test_any_value_is_accepted_or_refused_with_a_place(runs, data):
    values = to_plain(RunConfig.model_validate(data.draw(runs)))
    path = data.draw(st.sampled_from(keys_of(values)), label="path")
    strange = st.sampled_from(
        [None, True, "x", "", -1, 0, 1.5, 10**400, -(10**30), float("inf"), [], {}, [[]]]
    )
    value = data.draw(strange | st.just({"name": "x"}) | st.just([{"name": []}]), label="value")
    found, _ = problems(changed(values, path, value))
    assert all(problem.line is not None and problem.message for problem in found)


def test_metrics_are_listed_once(minimal):
    names = [
        "fake_distance",
        {"name": "fake_score", "threshold": 0},
        {"name": "fake_distance", "projections": 5},
    ]
    found, _ = problems(minimal(evaluation={"metrics": names}))
    assert [(problem.path, problem.message) for problem in found] == [
        ("evaluation.metrics.1.threshold", "must be > 0, got 0"),
        ("evaluation.metrics.2", "the metric 'fake_distance' is listed twice"),
    ]


def test_an_empty_list_of_metrics_is_no_metrics(minimal):
    assert RunConfig.model_validate(minimal(evaluation={"metrics": []})).evaluation.metrics == []
