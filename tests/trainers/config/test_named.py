from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import torch
from annotated_types import Ge
from pydantic import ValidationError

from lipschitz import FieldError, MissingExtraError
from lipschitz.errors import unknown_name
from lipschitz.fields import Checked
from lipschitz_trainers.config.faults import Fault, collected
from lipschitz_trainers.config.named import Choice, build_fields


@dataclass(frozen=True, kw_only=True)
class Shape(Checked):
    pass


@dataclass(frozen=True, kw_only=True)
class Box(Shape):
    name = "box"
    sides: tuple[Annotated[float, Ge(0)], ...] = (1.0,)
    label: str | None = None

    def __post_init__(self):
        if len(self.sides) > 3:
            raise FieldError(f"Box.sides must be at most 3, got {self.sides}.")
        if self.label == "rich":
            raise MissingExtraError("boxes called 'rich' need pip install rich.")


@dataclass(frozen=True, kw_only=True)
class Odd(Shape):
    name = "odd"
    dtype: torch.dtype = torch.float32
    count: Annotated[int, Ge(1)] = 1


@dataclass(frozen=True, kw_only=True)
class Located(Shape):
    name = "located"
    path: Path
    made_by: Callable[[], int] | None = None


SHAPES = {cls.name: cls for cls in (Box, Odd, Located)}


def find(name):
    if name not in SHAPES:
        raise unknown_name("shape", name, SHAPES)
    return SHAPES[name]


shape = Choice(
    "shape", Shape, find, lambda: SHAPES, lambda cls: "odd shapes roll away" if cls is Odd else None
)


def faults(value, choice=shape):
    with pytest.raises(ValidationError) as caught:
        choice(value)
    return collected(caught.value)


def test_by_name_by_block_and_as_it_is():
    assert shape("box") == Box()
    assert shape({"name": "box", "sides": [1, 2.5]}) == Box(sides=(1.0, 2.5))
    box = Box(label="mine")
    assert shape(box) is box


@pytest.mark.parametrize(
    ("value", "location", "message"),
    [
        (3, (), "must be the name of a shape or a mapping with a 'name', got 3"),
        (None, (), "must be the name of a shape or a mapping with a 'name', got null"),
        ({}, (), "needs the key 'name', the shape (one of 'box', 'odd', 'located')"),
        (
            {"a": 1, "b": 2},
            (),
            "needs the key 'name', the shape (one of 'box', 'odd', 'located'); it has 'a', 'b'",
        ),
        ({"nane": "box"}, ("nane",), "unknown key. Did you mean 'name'?"),
        ({"name": 3}, ("name",), "must be a string, got 3"),
        ("boxx", (), "unknown shape 'boxx'. Did you mean 'box'? Registered shapes: box, located, odd"),
        ({"name": "cone"}, ("name",), "unknown shape 'cone'. Registered shapes: box, located, odd"),
        ("odd", (), "odd shapes roll away"),
    ],
)
def test_faults_of_the_choice(value, location, message):
    assert faults(value) == [Fault(location, message)]


def test_all_faults_of_the_fields():
    assert faults({"name": "box", "sides": [-1, "2", 3], "label": 7, "lable": 1}) == [
        Fault(("lable",), "unknown key. Did you mean 'label'?"),
        Fault(("sides", 0), "must be >= 0, got -1"),
        Fault(("sides", 1), "must be a number, got '2' (write it without quotes)"),
        Fault(("label",), "must be a string, got 7"),
    ]


def test_a_class_refuses_in_its_own_words():
    assert faults({"name": "box", "sides": [1, 1, 1, 1]}) == [
        Fault(("sides",), "must be at most 3, got (1.0, 1.0, 1.0, 1.0)")
    ]
    assert faults({"name": "box", "label": "rich"}) == [
        Fault((), "boxes called 'rich' need pip install rich")
    ]


def test_types_that_pydantic_knows_and_yaml_does_not():
    assert shape({"name": "located", "path": "a/b"}).path == Path("a/b")


def test_types_that_pydantic_does_not_know():
    assert build_fields(Odd, {"count": 2}) == Odd(count=2)
    with pytest.raises(ValidationError) as caught:
        build_fields(Odd, {"count": 0})
    assert collected(caught.value) == [Fault(("count",), "must be >= 1, got 0")]


def test_python_callers_may_give_objects():
    assert build_fields(Located, {"path": Path("x")}) == Located(path=Path("x"))


def test_numbers_beyond_floats_are_refused():
    (fault,) = faults({"name": "box", "sides": [10**400]})
    assert fault.location == ("sides", 0)
    assert fault.message.startswith("must be a finite number")
