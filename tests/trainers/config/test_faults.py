from dataclasses import dataclass
from typing import Annotated

import pytest
from annotated_types import Ge, MinLen
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PlainValidator, TypeAdapter, ValidationError

from lipschitz.fields import Checked
from lipschitz_trainers.config.faults import (
    Fault,
    collected,
    faults_of,
    faulty,
    key_faults,
    own_fault,
    refusal,
)

keys = st.lists(st.text("abcdefgh", min_size=1), unique=True, max_size=5)


def raise_two(value):
    raise faulty([Fault(("a",), "bad {braces}"), Fault((), "bad.")])


@dataclass(frozen=True, kw_only=True)
class Inner(Checked):
    size: int


@dataclass(frozen=True, kw_only=True)
class Outer(Checked):
    either: int | str | None = None
    pair: tuple[float, float] = (0.0, 1.0)
    inner: Inner | None = None
    sizes: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)] = (1,)
    special: Annotated[object, PlainValidator(raise_two)] = None


def faults(value):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Outer).validate_python(value, strict=None)
    return {
        fault.location: fault.message
        for fault in faults_of(caught.value, value, Outer, ["either", "pair", "inner", "special"])
    }


def test_a_refusal_carries_place_and_message():
    assert collected(refusal("is wrong", "a", 0)) == [Fault(("a", 0), "is wrong")]
    assert Fault(("b",), "x").within("a", 0) == Fault(("a", 0, "b"), "x")


def test_pydantic_puts_the_outer_location_in_front():
    assert faults({"special": 1}) == {("special", "a"): "bad {braces}", ("special",): "bad"}


def test_branches_of_a_union_are_one_fault():
    assert faults({"either": 1.5}) == {
        ("either",): "must be a whole number, got 1.5; or must be a string, got 1.5"
    }


def test_a_short_tuple_is_a_fault_of_the_list():
    assert faults({"pair": [1.0]}) == {("pair",): "must have more values, got [1.0]"}


def test_a_list_is_as_long_as_it_was_written():
    assert faults({"sizes": [0]}) == {("sizes", 0): "must be >= 1, got 0"}
    assert faults({"sizes": []}) == {("sizes",): "must have at least 1 values, got []"}


def test_nested_records():
    assert faults({"inner": {"size": "x", "colour": 1}}) == {
        ("inner", "size"): "must be a whole number, got 'x'",
        ("inner", "colour"): "unknown key",
    }


def test_no_mapping_at_all():
    assert faults([1]) == {
        (): "must be a mapping with the keys 'either', 'pair', 'inner', 'special', got [1]"
    }


@given(keys, keys, keys)
def test_every_unknown_key_answers_for_one_missing_key(unknown, missing, others):
    unknown = [key for key in unknown if key not in missing + others]
    found = key_faults(unknown, missing, missing + others)
    assert len(found) == max(len(unknown), len(missing))
    assert set(unknown) <= {fault.location[0] for fault in found}
    text = " ".join(str(fault.location) + fault.message for fault in found)
    assert all(key in text for key in missing), "a missing key goes unmentioned"


def test_a_class_may_name_the_field_itself():
    assert own_fault("Outer.pair must increase", Outer, ["pair"]) == Fault(("pair",), "must increase")
    assert own_fault("Outer.pair must increase", Outer, []) == Fault((), "Outer.pair must increase")
    assert own_fault("Other.pair must increase", Outer, ["pair"]).location == ()
