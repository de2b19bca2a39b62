import pytest

from lipschitz_trainers.config.checking import (
    apply_sets,
    check_run,
    mapping_problem,
    parse_sets,
    without_echoes,
)
from lipschitz_trainers.config.layers import layer_at
from lipschitz_trainers.config.problems import Problem
from lipschitz_trainers.config.yaml12 import Document, dump_yaml, load_yaml


def test_a_run_or_its_faults(minimal):
    document = load_yaml(dump_yaml(minimal()), "run.yaml")
    config, faults = check_run(layer_at(document, ()))
    assert config is not None
    assert faults == []
    config, faults = check_run(layer_at(Document({}, {}, "run.yaml"), ()))
    assert config is None
    assert [fault.location for fault in faults] == [
        ("dataset",),
        ("generator",),
        ("critic",),
        ("constraint",),
    ]


def test_sets_that_can_be_read_are_applied_despite_the_others():
    assignments, unreadable = parse_sets(["a=1", "nothing", "b.c=2", "d.e=3"])
    layer, unfitting = apply_sets(layer_at(load_yaml("d: 4", "x.yaml"), ()), assignments)
    assert layer.data == {"a": 1, "b": {"c": 2}, "d": 4}
    assert [problem.file for problem in [*unreadable, *unfitting]] == ["--set nothing", "--set d.e=3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml: the file is empty; a run is a mapping of keys to values"),
        ("- 1\n- 2", "x.yaml:1: a run is a mapping of keys to values, got [1, 2]"),
        ("word", "x.yaml:1: a run is a mapping of keys to values, got 'word'"),
    ],
)
def test_no_mapping(text, message):
    assert str(mapping_problem(load_yaml(text, "x.yaml"), "a run")) == message


def test_a_mapping():
    assert mapping_problem(load_yaml("a: 1", "x.yaml"), "a run") is None


def test_what_could_not_be_read_is_not_complained_about_twice():
    unread = Problem("x.yaml", 3, "base.critic.steps", "the tag !!x is not allowed")
    echo = Problem("x.yaml", 3, "critic.steps", "must be a whole number, got null")
    others = [
        Problem("x.yaml", 3, "steps.x", "also on this line"),
        Problem("x.yaml", 4, "critic.steps", "of another line"),
    ]
    assert without_echoes([unread], [echo, *others]) == [unread, *others]
