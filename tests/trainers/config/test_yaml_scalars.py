import math

import pytest

from lipschitz_trainers.config.yaml_scalars import PREFIX, STR, plain_tag, scalar_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E4", 1e4),
        ("+1.", 1.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        (".Inf", math.inf),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("", None),
        ("~", None),
        ("null", None),
        ("True", True),
        ("FALSE", False),
    ],
)
def test_core_schema(text, value):
    read = scalar_value(plain_tag(text), text)
    assert read == value
    assert type(read) is type(value)


def test_nan():
    assert math.isnan(scalar_value(plain_tag(".nan"), ".nan"))


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "1_000",
        "0b11",
        "1:30",
        "2026-01-01",
        "<<",
        "=",
        "nULL",
        "+0x1",
        "1e",
        "١",
    ],
)
def test_words_are_strings(text):
    assert plain_tag(text) == STR
    assert scalar_value(STR, text) == text


def test_spelled_out_tags():
    assert scalar_value(PREFIX + "float", "5") == 5.0
    assert scalar_value(STR, "5") == "5"
    with pytest.raises(ValueError, match="'five' is no int"):
        scalar_value(PREFIX + "int", "five")


def test_too_many_digits():
    with pytest.raises(ValueError, match="5000 digits"):
        scalar_value(PREFIX + "int", "1" * 5000)
