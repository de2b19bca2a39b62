import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.layers import Layer, Origin, layer_at, merge
from lipschitz_trainers.config.yaml12 import Document, load_yaml

keys = st.sampled_from("abc")
trees = st.dictionaries(
    keys,
    st.recursive(
        st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda inner: st.dictionaries(keys | st.just("name"), inner, max_size=3),
    ),
)


def layer(data, file="x"):
    return Layer(data, {(): Origin(file, None, ())})


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": "word"}, {"a": "word"}),
        ({"a": "word"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({}, {"a": {"x": {"y": 1}}}, {"a": {"x": {"y": 1}}}),
        # A name replaces its block, and only that.
        ({"c": {"name": "p", "k": 1}}, {"c": {"name": "q"}}, {"c": {"name": "q"}}),
        ({"c": {"name": "p", "k": 1}}, {"c": {"name": "p"}}, {"c": {"name": "p"}}),
        ({"c": {"name": "p", "k": 1}}, {"c": {"k": 2}}, {"c": {"name": "p", "k": 2}}),
        (
            {"c": {"steps": 5, "optimizer": {"name": "p", "lr": 1}}},
            {"c": {"optimizer": {"name": "q"}}},
            {"c": {"steps": 5, "optimizer": {"name": "q"}}},
        ),
        # The two kinds of generators replace each other.
        ({"generator": {"latent": 2}}, {"generator": {"fixed": "x"}}, {"generator": {"fixed": "x"}}),
        ({"generator": {"fixed": "x"}}, {"generator": {"latent": 2}}, {"generator": {"latent": 2}}),
        (
            {"generator": {"fixed": {"name": "x", "std": 1}}},
            {"generator": {"fixed": {"std": 2}}},
            {"generator": {"fixed": {"name": "x", "std": 2}}},
        ),
        ({"other": {"latent": 2}}, {"other": {"fixed": "x"}}, {"other": {"latent": 2, "fixed": "x"}}),
    ],
)
def test_merge_rule(below, above, merged):
    assert merge(layer(below), layer(above)).data == merged


@given(trees)
def test_an_empty_layer_changes_nothing(a):
    assert merge(layer(a), layer({})).data == a == merge(layer({}), layer(a)).data


@given(trees, trees)
def test_the_layer_above_wins_and_nothing_is_changed_in_place(a, b):
    before = (repr(a), repr(b))
    merged = merge(layer(a), layer(b)).data
    assert merge(layer(merged), layer(b)).data == merged
    assert before == (repr(a), repr(b))


def test_every_value_remembers_its_line():
    below = load_yaml("a:\n  x: 1\n  y: 2\nb: {name: p, k: 1}\n", "below.yaml")
    above = load_yaml("\n\nover:\n  a:\n    y: 3\n  b:\n    name: q\n", "above.yaml")
    merged = merge(layer_at(below, ()), layer_at(above, ("over",)))
    assert merged.data == {"a": {"x": 1, "y": 3}, "b": {"name": "q"}}

    def place(*path):
        origin = merged.origin(path)
        return origin.file, origin.line

    assert place("a") == ("below.yaml", 1)
    assert place("a", "x") == ("below.yaml", 2)
    assert place("a", "y") == ("above.yaml", 5)
    assert place("a", "missing") == ("below.yaml", 1)
    assert place("b") == ("above.yaml", 6)
    assert place("b", "k") == ("above.yaml", 6)
    assert place("b", "name", "deeper") == ("above.yaml", 7)
    assert str(merged.problem(Fault(("a", "y"), "is odd"))) == "above.yaml:5: a.y: is odd"


def test_without_lines():
    merged = merge(layer({"a": {"x": 1}}, "below"), layer({"a": {"y": 2}}, "above"))
    assert merged.origin(("a", "x")).file == "below"
    assert merged.origin(("a", "y")).file == "above"
    assert layer_at(Document({"a": {"b": 1}}, {}, "f"), ("a",)).origin(("b",)) == Origin("f", None, ("a",))


def test_an_empty_value_is_an_empty_mapping():
    assert layer_at(load_yaml("quick:\n", "x.yaml"), ("quick",)).data == {}
