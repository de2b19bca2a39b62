"""Fields: every type and bound, on every construction path, whatever a class does in `__post_init__`."""

import copy
import dataclasses
import math
import pickle
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Interval, Le, Lt, MinLen
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz.fields import Checked, check_field, field_types


@dataclass(frozen=True, kw_only=True)
class Record(Checked):
    """One field of every kind."""

    number: float = 1.0
    whole: int = 1
    flag: bool = True
    text: str = "a"
    choice: Literal["a", "b", 2] = "a"
    maybe: float | None = None
    either: int | str = 1
    many: tuple[float, ...] = ()
    pair: tuple[int, float] = (1, 2.0)
    nested: tuple[tuple[str, int], ...] = ()
    anything: object = None


@dataclass(frozen=True, kw_only=True)
class Bounded(Checked):
    """One field of every bound."""

    gt: Annotated[float, Gt(0)] = 1.0
    ge: Annotated[float, Ge(0)] = 1.0
    lt: Annotated[float, Lt(2)] = 1.0
    le: Annotated[int, Le(2)] = 1
    interval: Annotated[float, Interval(gt=0, le=1)] = 1.0
    long: Annotated[tuple[int, ...], MinLen(2)] = (1, 2)
    optional: Annotated[float | None, Gt(0)] = None
    entries: tuple[Annotated[float, Gt(0)], ...] = ()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_kept(number):
    assert Record(number=number).number == number
    assert type(Record(number=number).number) is float


@given(st.integers(-(10**6), 10**6))
def test_whole_numbers_are_converted_where_a_float_is_asked_for(number):
    record = Record(number=number, many=[number], pair=[number, number], maybe=number)
    assert record.number == number
    assert type(record.number) is float
    assert record.many == (float(number),)
    assert record.pair == (number, float(number))
    assert [type(item) for item in record.pair] == [int, float]
    assert type(record.maybe) is float


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", "1", "Record.number must be a number, got '1' of type str"),
        ("number", True, "Record.number must be a number, got True of type bool"),
        ("number", None, "Record.number must be a number, got None"),
        ("number", math.nan, "Record.number must be a finite number, got nan"),
        ("number", math.inf, "Record.number must be a finite number, got inf"),
        ("number", -math.inf, "Record.number must be a finite number, got -inf"),
        ("number", 10**400, "Record.number must be a finite number, got 10000"),
        ("number", 1j, "Record.number must be a number, got 1j of type complex"),
        ("whole", 1.0, "Record.whole must be a whole number, got 1.0 of type float"),
        ("whole", False, "Record.whole must be a whole number, got False of type bool"),
        ("whole", "1", "Record.whole must be a whole number, got '1' of type str"),
        ("flag", 1, "Record.flag must be true or false, got 1 of type int"),
        ("flag", "no", "Record.flag must be true or false, got 'no' of type str"),
        ("text", 3, "Record.text must be a string, got 3 of type int"),
        ("choice", "c", "Record.choice must be one of 'a', 'b', 2, got 'c'"),
        ("choice", 2.0, "Record.choice must be one of 'a', 'b', 2, got 2.0"),
        ("choice", [], r"Record.choice must be one of 'a', 'b', 2, got \[\]"),
        ("maybe", "x", "Record.maybe must be a number, got 'x'"),
        ("either", 1.5, "Record.either must be a whole number, got 1.5.*Or: Record.either must be a string"),
        ("many", 1.0, "Record.many must be a list of values, got 1.0"),
        ("many", "12", "Record.many must be a list of values, got '12'"),
        ("many", (1.0, "x"), r"Record.many\[1\] must be a number, got 'x'"),
        ("pair", (1,), r"Record.pair must have 2 values, got 1: \(1,\)"),
        ("pair", (1.5, 2.0), r"Record.pair\[0\] must be a whole number, got 1.5"),
        ("nested", [("a", "b")], r"Record.nested\[0\]\[1\] must be a whole number, got 'b'"),
    ],
)
def test_wrong_types_are_refused(field, value, message):
    with pytest.raises(FieldError, match=message):
        Record(**{field: value})


@dataclass(frozen=True, kw_only=True)
class Normed(Checked):
    """A field that may be infinite, by a word."""

    norm: Annotated[float, Ge(1)] | Literal["inf"] = 2.0


def test_infinity_is_the_word_for_it_where_there_is_one():
    assert Normed(norm=math.inf) == Normed(norm="inf")
    assert Normed(norm=math.inf).norm == "inf"
    assert dataclasses.replace(Normed(), norm=math.inf).norm == "inf"
    assert Normed(norm=1).norm == 1.0


@pytest.mark.parametrize("value", [math.nan, -math.inf, 0.5, "Inf", True])
def test_no_other_value_is_the_word_for_infinity(value):
    with pytest.raises(FieldError, match=r"Normed.norm must be .* Or: Normed.norm must be one of 'inf'"):
        Normed(norm=value)


def test_one_field_is_checked_without_the_others():
    assert check_field(Bounded, "gt", 3) == 3.0
    with pytest.raises(FieldError, match=r"Bounded.le must be <= 2, got 3"):
        check_field(Bounded, "le", 3)


def test_true_is_no_choice_of_one():
    @dataclass(frozen=True, kw_only=True)
    class Numbered(Checked):
        choice: Literal[1, 2] = 1

    assert Numbered(choice=2).choice == 2
    with pytest.raises(FieldError, match="must be one of 1, 2, got True"):
        Numbered(choice=True)


def test_other_annotations_are_left_to_the_class():
    value = object()
    assert Record(anything=value).anything is value


@pytest.mark.parametrize(
    ("field", "good", "bad", "message"),
    [
        ("gt", 5e-324, 0, "Bounded.gt must be > 0, got 0.0"),
        ("ge", 0, -1, "Bounded.ge must be >= 0, got -1.0"),
        ("lt", 1.9, 2, "Bounded.lt must be < 2, got 2.0"),
        ("le", 2, 3, "Bounded.le must be <= 2, got 3"),
        ("interval", 1, 0, "Bounded.interval must be > 0, got 0.0"),
        ("interval", 0.5, 1.5, "Bounded.interval must be <= 1, got 1.5"),
        ("long", (1, 2), (1,), r"Bounded.long must be at least 2 long, got \(1,\)"),
        ("optional", None, 0, "Bounded.optional must be > 0, got 0.0"),
        ("entries", (1, 2), (1, 0), r"Bounded.entries\[1\] must be > 0, got 0.0"),
    ],
)
def test_bounds(field, good, bad, message):
    Bounded(**{field: good})
    with pytest.raises(FieldError, match=message):
        Bounded(**{field: bad})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_bound_admits_exactly_what_it_says(number):
    for field, admitted in [("gt", number > 0), ("ge", number >= 0), ("lt", number < 2)]:
        if admitted:
            assert getattr(Bounded(**{field: number}), field) == number
        else:
            with pytest.raises(FieldError, match=f"Bounded.{field} must be"):
                Bounded(**{field: number})


def test_an_error_is_a_value_error_too():
    with pytest.raises(ValueError, match="must be > 0"):
        Bounded(gt=-1)


class Silent:
    """A mixin that is no `Checked` and does not call super."""

    def __post_init__(self):
        pass


@dataclass(frozen=True, kw_only=True)
class Forgetful(Checked):
    """Overrides `__post_init__` and does not call super."""

    size: Annotated[int, Gt(0)] = 1

    def __post_init__(self):
        if self.size == 13:
            raise FieldError("Forgetful.size must not be 13.")


@dataclass(frozen=True, kw_only=True)
class MoreForgetful(Forgetful):
    """Overrides it once more."""

    other: Annotated[int, Gt(0)] = 1

    def __post_init__(self):
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class Mixed(Silent, Checked):
    """Inherits `__post_init__` from elsewhere."""

    size: Annotated[int, Gt(0)] = 1


@dataclass(frozen=True, kw_only=True)
class BehindMixed(Mixed):
    """A subclass of that."""

    other: Annotated[int, Gt(0)] = 1


@pytest.mark.parametrize("cls", [Forgetful, MoreForgetful, Mixed, BehindMixed])
def test_no_post_init_can_skip_the_checks(cls):
    for field in dataclasses.fields(cls):
        with pytest.raises(FieldError, match=f"{cls.__name__}.{field.name} must be > 0, got -1"):
            cls(**{field.name: -1})


@pytest.mark.parametrize("cls", [Forgetful, MoreForgetful])
def test_the_own_post_init_runs_after_the_checks(cls):
    with pytest.raises(FieldError, match="must not be 13"):
        cls(size=13)


def test_replace_is_checked():
    assert dataclasses.replace(Bounded(), gt=3).gt == 3.0
    with pytest.raises(FieldError, match="Bounded.gt must be > 0, got -3.0"):
        dataclasses.replace(Bounded(), gt=-3)


@given(st.builds(Bounded, gt=st.floats(1, 5), long=st.lists(st.integers(), min_size=2).map(tuple)))
def test_copies_and_pickles_are_equal(record):
    for again in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert again == record
        assert hash(again) == hash(record)
        assert again is not record


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))]
)
def test_copies_and_pickles_are_checked(again):
    record = Bounded()
    object.__setattr__(record, "gt", -1.0)  # as a pickle from a time with another bound would have it
    with pytest.raises(FieldError, match="Bounded.gt must be > 0, got -1.0"):
        again(record)


def test_records_are_frozen_and_compare_by_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Bounded().gt = 2.0
    assert Record(number=1) == Record(number=1.0)
    assert Record(number=1) != Record(number=2)


def test_annotations_that_cannot_be_read_are_reported():
    @dataclass(frozen=True, kw_only=True)
    class Broken(Checked):
        size: "Missing" = 1  # noqa: F821 - as under TYPE_CHECKING

    with pytest.raises(
        FieldError, match="annotations of Broken cannot be read .*'Missing' is not defined.*import"
    ):
        Broken()


def test_field_types_keep_the_bounds():
    assert field_types(Bounded)["gt"] == Annotated[float, Gt(0)]
    assert list(field_types(Record)) == [field.name for field in dataclasses.fields(Record)]
