from typing import Annotated

import pytest
from annotated_types import Gt
from pydantic import ValidationError

from lipschitz_trainers.config.faults import Fault, collected
from lipschitz_trainers.config.section import Section


class Part(Section):
    size: Annotated[int, Gt(0)]
    ratio: float = 0.5


class Whole(Section):
    part: Part
    label: str = "x"


def faults(value):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(value)
    return collected(caught.value)


def test_accepts_mappings_and_parts():
    assert Whole.model_validate({"part": {"size": 1, "ratio": 1}}) == Whole(part=Part(size=1, ratio=1.0))


def test_all_faults_in_our_words():
    assert faults({"part": {"size": 0, "ratoi": 1, "ratio": float("inf")}, "label": 3}) == [
        Fault(("label",), "must be a string, got 3"),
        Fault(("part", "ratoi"), "unknown key. Did you mean 'ratio'?"),
        Fault(("part", "size"), "must be > 0, got 0"),
        Fault(("part", "ratio"), "must be a finite number, got inf"),
    ]


def test_a_block_that_is_none():
    assert faults({"part": None}) == [
        Fault(("part",), "must be a mapping with the keys 'size', 'ratio', got null")
    ]


def test_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Part(size=1).size = 2
