from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import TypeAdapter, ValidationError

from lipschitz_trainers.config.wording import quoted, shown, wording


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (Annotated[float, Gt(0)], "-1", "must be > 0, got -1"),
        (Annotated[float, Ge(0.5)], "0.25", "must be >= 0.5, got 0.25"),
        (Annotated[int, Lt(3)], "3", "must be < 3, got 3"),
        (Annotated[int, Le(3)], "4", "must be <= 3, got 4"),
        (float, '"1e-4"', "must be a number, got '1e-4' (write it without quotes)"),
        (float, '"much"', "must be a number, got 'much'"),
        (int, "1.5", "must be a whole number, got 1.5"),
        (int, "true", "must be a whole number, got true"),
        (int, "null", "must be a whole number, got null"),
        (str, "[1]", "must be a string, got [1]"),
        (bool, "1", "must be true or false, got 1"),
        (tuple[int, ...], '"x"', "must be a list, got 'x'"),
        (dict[str, int], "1", "must be a mapping, got 1"),
        (Literal["relu", "tanh"], '"rely"', "must be 'relu' or 'tanh', got 'rely'. Did you mean 'relu'?"),
        (Literal["relu", "tanh"], "3", "must be 'relu' or 'tanh', got 3"),
        (Annotated[tuple[int, ...], MinLen(2)], "[1]", "must have at least 2 values, got [1]"),
        (Annotated[tuple[int, ...], MaxLen(1)], "[1, 2]", "must have at most 1 values, got [1, 2]"),
        (tuple[int, int], "[1, 2, 3]", "must have at most 2 values, got [1, 2, 3]"),
        (None, "3", "must be null, got 3"),
    ],
)
def test_in_our_words(annotation, value, message):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation).validate_json(value, strict=True)
    (error,) = caught.value.errors()
    assert wording(error) == message


def test_an_unforeseen_kind_keeps_its_own_words():
    error = {"type": "url_parsing", "msg": "Input should be a valid URL", "input": "x", "ctx": {}}
    assert wording(error) == "should be a valid URL, got 'x'"


def test_values_are_cut_to_fit_a_line():
    assert len(shown("x" * 1000)) == 60
    assert shown(False) == "false"


def test_lists_in_prose():
    assert quoted(["a", "b"]) == "'a', 'b'"
    assert quoted([]) == "none"
