import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import ConfigError
from lipschitz_trainers.config.layers import layer_at
from lipschitz_trainers.config.overrides import apply_set, parse_set
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml


def layer(text):
    return layer_at(load_yaml(text, "x.yaml"), ())


def set_in(text, *sets):
    result = layer(text)
    for item in sets:
        result = apply_set(result, parse_set(item))
    return result


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("critic.optimizer.lr=2e-4", ("critic", "optimizer", "lr"), 2e-4),
        ("device=cpu", ("device",), "cpu"),
        ("answer=no", ("answer",), "no"),
        ("ema=", ("ema",), None),
        (" a . b = [1, {c: 2}]", ("a", "b"), [1, {"c": 2}]),
        ("a=b=c", ("a",), "b=c"),
        ('a="1"', ("a",), "1"),
    ],
)
def test_parse(text, path, value):
    assignment = parse_set(text)
    assert (assignment.path, assignment.value) == (path, value)


@pytest.mark.parametrize("text", ["a", "", "=1", "a..b=1", ".a=1", "a.=1"])
def test_not_an_assignment(text):
    with pytest.raises(ConfigError, match="expected KEY=VALUE"):
        parse_set(text)


def test_a_value_that_is_no_yaml():
    with pytest.raises(ConfigError, match=r"^--set a=\[1: no valid YAML: while parsing a flow sequence"):
        parse_set("a=[1")
    with pytest.raises(ConfigError, match=r"^--set a=\{b: 1, b: 2\}: b: duplicate key"):
        parse_set("a={b: 1, b: 2}")


@given(
    st.lists(st.text("abc", min_size=1), min_size=1, max_size=4),
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text("ab :#-", max_size=5),
)
def test_a_set_value_is_found_at_its_path(path, value):
    text = dump_yaml([value]).strip()[1:-1]
    data = set_in("{}", f"{'.'.join(path)}={text}").data
    for key in path:
        data = data[key]
    assert data == value


@pytest.mark.parametrize(
    ("text", "sets", "data"),
    [
        ("a: {b: 1, c: 2}", ["a.b=3"], {"a": {"b": 3, "c": 2}}),
        ("a: {b: 1}", ["a={c: 2}"], {"a": {"b": 1, "c": 2}}),
        ("a: null", ["a.b=1"], {"a": {"b": 1}}),
        ("a: [1, {b: 2}]", ["a.1.b=3", "a.0=4"], {"a": [4, {"b": 3}]}),
        ("a: [[1, 2], 3]", ["a.0.1=9"], {"a": [[1, 9], 3]}),
        ("a: [{b: [{c: 1}]}]", ["a.0.b.0.c=2"], {"a": [{"b": [{"c": 2}]}]}),
        ("a: {x: 1}", ["a.1=2"], {"a": {"x": 1, "1": 2}}),
        # A name replaces its block, as in every override.
        ("c: {name: p, k: 1}", ["c.name=q", "c.j=2"], {"c": {"name": "q", "j": 2}}),
        ("c: [{name: p, k: 1}]", ["c.0.name=q"], {"c": [{"name": "q"}]}),
        ("c: [{name: p, k: 1}]", ["c.0={k: 2}"], {"c": [{"name": "p", "k": 2}]}),
    ],
)
def test_apply(text, sets, data):
    before = layer(text)
    assert set_in(text, *sets).data == data
    assert before.data == load_yaml(text, "x.yaml").data


@pytest.mark.parametrize(
    ("text", "item", "message"),
    [
        ("a: 1", "a.b=2", "--set a.b=2: 'a' is 1, which has no key 'b'."),
        (
            "a: {b: mlp}",
            "a.b.width=2",
            (
                "--set a.b.width=2: 'a.b' is 'mlp', which has no key 'width'. "
                "To change a field of it, set a.b={name: mlp, ...}."
            ),
        ),
        ("a: [1]", "a.1=2", "--set a.1=2: 'a' is a list of 1 items, counted from 0; it has no item '1'"),
        ("a: [1]", "a.-1=2", "--set a.-1=2: 'a' is a list of 1 items, counted from 0; it has no item '-1'"),
        ("a: [1]", "a.b=2", "--set a.b=2: 'a' is a list of 1 items, counted from 0; it has no item 'b'"),
        ("a: [1]", "a.0.b=2", "--set a.0.b=2: 'a.0' is 1, which has no key 'b'."),
    ],
)
def test_paths_that_lead_nowhere(text, item, message):
    with pytest.raises(ConfigError) as caught:
        set_in(text, item)
    assert str(caught.value) == message


def test_origins():
    merged = set_in("a:\n  b: [1, {c: 2}]\n  d: 3", "a.b.1.c=5", "a.e=6")
    assert merged.origin(("a", "b", 0)).line == 2
    assert merged.origin(("a", "b", 1, "c")).file == "--set a.b.1.c=5"
    assert merged.origin(("a", "d")).line == 3
    assert merged.origin(("a", "e")).file == "--set a.e=6"
