"""What a plain scalar means in YAML 1.2's core schema: ``1e-4`` is a number, ``no`` is a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

PREFIX = "tag:yaml.org,2002:"
STR, SEQ, MAP = (PREFIX + kind for kind in ("str", "seq", "map"))

# The table of section 10.3.2 of the YAML 1.2 specification, in its order.
_CORE: list[tuple[str, re.Pattern[str], Callable[[str], Any]]] = [
    ("null", re.compile(r"|~|null|Null|NULL"), lambda text: None),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    ("int", re.compile(r"[-+]?[0-9]+"), int),
    ("int", re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    ("int", re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    ("float", re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda text: float(text.replace(".", ""))),
    ("float", re.compile(r"\.(nan|NaN|NAN)"), lambda text: float("nan")),
]

MAX_DIGITS = 1000
"""Digits of a whole number; Python's own limit is a setting of the process."""

TAGS = {STR, SEQ, MAP} | {PREFIX + kind for kind, _, _ in _CORE}
"""The tags a file may spell out (``!!str 5``)."""


def plain_tag(text: str) -> str:
    """Return the tag of a scalar written without quotes.

    Example:
        >>> [plain_tag(text).split(":")[-1] for text in ("1e-4", "no", "0o10", "~", "2026-01-01")]
        ['float', 'str', 'int', 'null', 'str']
    """
    return next((PREFIX + kind for kind, pattern, _ in _CORE if pattern.fullmatch(text)), STR)


def scalar_value(tag: str, text: str) -> Any:
    """Return the value of a scalar under one of the core schema's tags.

    Raises:
        ValueError: the text does not spell a value of that tag (``!!int five``), or has too many digits.
    """
    if tag == STR:
        return text
    for kind, pattern, convert in _CORE:
        if tag == PREFIX + kind and pattern.fullmatch(text):
            if convert is int and len(text) > MAX_DIGITS:
                raise ValueError(f"a number of {len(text)} digits; at most {MAX_DIGITS} are allowed")
            return convert(text)
    # ``!!float 5`` is written without a point.
    if tag == PREFIX + "float" and plain_tag(text) == PREFIX + "int":
        return float(text)
    raise ValueError(f"{text!r} is no {tag.removeprefix(PREFIX)}")
