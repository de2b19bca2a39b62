import math

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from lipschitz_trainers.config.yaml12 import load_yaml
from lipschitz_trainers.config.yaml_dump import dump_yaml

words = st.sampled_from(
    [
        "no",
        "1e-4",
        "~",
        "",
        "on",
        "010",
        "0o7",
        "1_0",
        ".nan",
        "=",
        "<<",
        "a: b",
        "#x",
        "- x",
        "2026-01-01",
        " x ",
    ]
)
texts = st.text(st.characters(exclude_categories=["Cs"])) | words | st.text("ab:-[]{},&*!|>'\"\\\n \t#?%@`")
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
@example({"a": "\x85"})
@example({"x" * 200: {"y" * 200: ["\u2028"]}})
def test_reads_back_equal(value):
    text = dump_yaml(value)
    # repr tells 1 from 1.0 and True, and -0.0 from 0.0.
    assert repr(load_yaml(text, "x.yaml").data) == repr(value), text


@given(values)
def test_other_tools_read_the_same(value):
    # Only the floats that YAML 1.1 writes as integers with an exponent could differ; there must be none.
    read = yaml.safe_load(dump_yaml({"value": value}))
    assert repr(read) == repr({"value": value})


def test_nan():
    assert math.isnan(load_yaml(dump_yaml(math.nan), "x.yaml").data)


def test_order_and_style():
    assert dump_yaml({"b": [1, 2.0], "a": {"c": [], "d": {}}, "e": [[1], "no"]}) == (
        "b: [1, 2.0]\na:\n  c: []\n  d: {}\ne:\n- [1]\n- 'no'\n"
    )


def test_repeated_values_are_written_out():
    shared = [1]
    assert "&" not in dump_yaml({"a": shared, "b": shared})


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="plain values"):
        dump_yaml({"a": object()})
