import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.config.variants import parse_variants

names = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
axes = st.lists(
    st.dictionaries(names, st.none() | st.just({"steps": 1}), min_size=1, max_size=3), min_size=1, max_size=3
)


def test_one_mapping():
    variants, faults = parse_variants({"small": {"a": 1}, "large": None})
    assert variants == {"small": [("small",)], "large": [("large",)]}
    assert faults == []


@given(axes)
def test_product_of_axes(axes):
    variants, faults = parse_variants(axes)
    assert faults == []
    expected = [()]
    for axis in axes:
        expected = [(*names, name) for names in expected for name in axis]
    assert list(variants) == ["-".join(names) for names in expected]
    for name, places in variants.items():
        assert [index for index, _ in places] == list(range(len(axes)))
        assert "-".join(key for _, key in places) == name


@pytest.mark.parametrize(
    "name", ["a/b", "", ".hidden", "-x", "a b", "a:b", "é", "x.", "n" * 81, "a\n", "..", "a\0"]
)
def test_names_must_suit_file_systems(name):
    variants, (fault,) = parse_variants({"fine": None, name: None})
    assert list(variants) == ["fine"]
    assert fault.location == (name,)
    assert "at most 80 letters, digits" in fault.message


@pytest.mark.parametrize("name", ["a", "A.1", "lr=1e-4", "_x", "a+b", "0.01"])
def test_usual_names(name):
    assert parse_variants({name: None}) == ({name: [(name,)]}, [])


@pytest.mark.parametrize(
    ("value", "location", "part"),
    [
        (3, (), "must be a mapping from name to overrides, got 3"),
        (None, (), "must be a mapping from name to overrides, got null"),
        ({}, (), "needs at least one variant, got an empty mapping"),
        ([], (), "needs at least one variant, got an empty list"),
        ([{"a": {}}, {}], (1,), "needs at least one variant"),
        ([{"a": {}}, "b"], (1,), "must be a mapping from name to overrides, got 'b'"),
        ({"a": 3}, ("a",), "must be a mapping of overrides, got 3"),
        ([{"a": {}}, {"b": []}], (1, "b"), "must be a mapping of overrides, got []"),
        ({"a": {}, "A": {}}, ("A",), "'A' differs from 'a' in case only"),
        ([{"a-b": {}, "a": {}}, {"c": {}, "b-c": {}}], (1, "b-c"), None),
    ],
)
def test_faults(value, location, part):
    _, faults = parse_variants(value)
    if part is None:
        assert [fault.message for fault in faults] == [
            "the variant name 'a-b-c' comes about twice; their results share a folder"
        ]
        return
    assert [fault.location for fault in faults] == [location]
    assert part in faults[0].message


def test_all_faults_at_once():
    _, faults = parse_variants([{"a/b": {}, "c": 3}, 4, {}])
    assert [fault.location for fault in faults] == [(0, "a/b"), (0, "c"), (1,), (2,)]
