"""Constraints by name: build, suggestions, classes registered by hand, what may be registered."""

import difflib
import warnings
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import Constraint, FieldError, PluginError, UnknownNameError, build, constraints
from lipschitz.host import PluginWarning
from lipschitz.registry import constraint_class, plugin_manager, registered, require_valid

NAMES = sorted(constraints())


@dataclass(frozen=True, kw_only=True)
class Mine(Constraint):
    """A valid constraint."""

    name = "mine"
    size: int

    def project(self, critic, step=0):
        pass


@dataclass(frozen=True, kw_only=True)
class Yours(Mine):
    """Another."""

    name = "yours"


def test_constraints_are_listed_by_name_sorted():
    assert list(constraints()) == NAMES
    assert all(constraints()[name].name == name for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_constraint_is_valid_documented_and_built_from_its_defaults(name):
    cls = constraint_class(name)
    require_valid(cls)
    assert build(name) == cls()
    assert cls.guarantee in {"hard", "soft", "none"}
    assert cls.changes <= {"weights", "parametrization", "output"}
    assert cls.family != "other"
    assert "References:" in cls.__doc__
    assert "arXiv" in cls.__doc__


@given(st.sampled_from(NAMES), st.integers(0, 40), st.sampled_from("abcxyz_1"), st.sampled_from("dis"))
def test_any_misspelling_at_distance_one_suggests_the_right_name(name, place, letter, kind):
    i = place % len(name)
    word = {
        "d": name[:i] + name[i + 1 :],
        "i": name[:i] + letter + name[i:],
        "s": name[:i] + letter + name[i + 1 :],
    }[kind]
    if word in NAMES:
        return
    # "l_weight_decay" is as close to l1_weight_decay as to l2_weight_decay.
    close = [other for other in NAMES if likeness(word, other) >= likeness(word, name)]
    with pytest.raises(UnknownNameError, match=f"Did you mean ({'|'.join(map(repr, close))})"):
        build(word)


def likeness(word, name):
    return max(difflib.SequenceMatcher(None, *pair).ratio() for pair in ((word, name), (name, word)))


def test_fields_are_passed_and_converted():
    assert build("weight_clipping", bound=1).bound == 1.0
    with pytest.raises(FieldError, match="WeightClipping.bound must be > 0, got 0.0"):
        build("weight_clipping", bound=0)


def test_unknown_fields_suggest_the_right_one():
    with pytest.raises(
        FieldError,
        match="constraint 'weight_clipping' has no field 'bond'. Did you mean 'bound'.* Its fields: bound.",
    ):
        build("weight_clipping", bond=1)


def test_a_missing_field_is_named():
    with registered(Mine), pytest.raises(FieldError, match="constraint 'mine' needs a value for 'size'"):
        build("mine")


def test_classes_are_registered_for_the_length_of_a_block():
    with registered(Mine, Yours):
        assert build("mine", size=3) == Mine(size=3)
        assert "yours" in constraints()
        assert "registered_by_hand" in plugin_manager().infos
    assert list(constraints()) == NAMES
    assert "registered_by_hand" not in plugin_manager().infos
    with pytest.raises(UnknownNameError):
        build("mine")


def test_blocks_may_be_nested_under_other_names():
    with registered(Mine):
        with registered(Yours, name="more"):
            assert {"mine", "yours"} <= set(constraints())
        with pytest.raises(PluginError, match="'registered_by_hand' is already taken"), registered(Yours):
            pass
        assert "mine" in constraints()
    assert list(constraints()) == NAMES


def test_registration_ends_with_an_error_too():
    with pytest.raises(KeyError), registered(Mine):
        raise KeyError
    assert list(constraints()) == NAMES


def test_a_taken_name_is_refused_and_leaves_nothing_behind():
    @dataclass(frozen=True, kw_only=True)
    class Clash(Mine):
        name = "weight_clipping"

    message = (
        "constraint 'weight_clipping' is already registered by plugin 'weight_clipping' of torch-lipschitz"
    )
    with (
        pytest.warns(PluginWarning, match=message),
        pytest.raises(PluginError, match=message),
        registered(Clash),
    ):
        pass
    assert list(constraints()) == NAMES
    assert constraint_class("weight_clipping").__name__ == "WeightClipping"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "registered_by_hand" not in plugin_manager().refused


def test_an_invalid_class_is_refused_before_it_is_registered():
    with (
        pytest.raises(PluginError, match="is not a class deriving from lipschitz.Constraint"),
        registered(Mine(size=1)),
    ):
        pass
    assert list(constraints()) == NAMES


@dataclass(frozen=True, kw_only=True)
class Nameless(Constraint):
    def project(self, critic, step=0):
        pass


class Undecorated(Mine):
    pass


@dataclass(frozen=True, kw_only=True)
class Field(Constraint):
    name: str = "field"

    def project(self, critic, step=0):
        pass


@dataclass(frozen=True, kw_only=True)
class Idle(Constraint):
    name = "idle"


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (Nameless, "Nameless needs a class attribute `name` in snake_case, got None"),
        (Undecorated, "Undecorated is not a dataclass"),
        (Field, "Field has a field called 'name'"),
        (Idle, "Idle overrides none of prepare, penalty, project"),
        (int, "int is not a class deriving"),
        ("mine", "'mine' is not a class deriving"),
    ],
)
def test_what_cannot_be_a_constraint_is_refused(cls, message):
    with pytest.raises(PluginError, match=message):
        require_valid(cls)


@pytest.mark.parametrize("name", ["Mine", "my-constraint", "1st", "", "a b", "_mine", "é", 3])
def test_names_are_snake_case(name):
    cls = dataclass(frozen=True, kw_only=True)(type("Named", (Mine,), {"name": name}))
    with pytest.raises(PluginError, match="Named needs a class attribute `name` in snake_case"):
        require_valid(cls)


def test_the_manager_is_made_once():
    assert plugin_manager() is plugin_manager()
    assert lipschitz.plugin_manager is plugin_manager
