"""pydantic's complaints in this framework's words: ``must be > 0, got -1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.yaml_scalars import plain_tag

_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}

_KINDS = {
    "bool": "true or false",
    "dataclass": "a mapping",
    "dict": "a mapping",
    "finite_number": "a finite number",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a mapping",
    "none": "null",
    "string": "a string",
    "tuple": "a list",
}


def wording(error: Mapping[str, Any], *, quotes: bool = True) -> str:
    """Return the message for one entry of ``ValidationError.errors()``.

    Args:
        error: the entry.
        quotes: whether the value stood where a number is a string when it is in quotes.

    Example:
        >>> wording({"type": "greater_than", "ctx": {"gt": 0}, "input": -1, "msg": "Input should be ..."})
        'must be > 0, got -1'
    """
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind in _BOUNDS:
        key, sign = _BOUNDS[kind]
        return f"must be {sign} {context[key]:g}, got {shown(value)}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "fault":
        return context["message"]
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        hint = (
            did_you_mean(value, re.findall(r"'([^']*)'", context["expected"]))
            if isinstance(value, str)
            else ""
        )
        return f"must be {context['expected']}, got {shown(value)}.{hint}".removesuffix(".")
    if kind in ("too_short", "too_long"):
        few = kind == "too_short"
        limit = context["min_length"] if few else context["max_length"]
        return f"must have at {'least' if few else 'most'} {limit} values, got {shown(value)}"
    expected = _KINDS.get(kind) or _KINDS.get(kind.split("_")[0])
    if expected is None:
        return f"{error['msg'].removeprefix('Input ')}, got {shown(value)}"
    hint = quotes and "number" in expected and _spells_number(value)
    return f"must be {expected}, got {shown(value)}{' (write it without quotes)' if hint else ''}"


def _spells_number(value: Any) -> bool:
    return isinstance(value, str) and plain_tag(value).endswith((":int", ":float"))


def shown(value: Any) -> str:
    """Return a value as YAML spells it, cut to fit a line.

    Example:
        >>> shown(None), shown("10"), shown({"a": 1})
        ('null', "'10'", "{'a': 1}")
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def quoted(names: Iterable[str]) -> str:
    """Return names as a list in prose.

    Example:
        >>> quoted(["b", "a"])
        "'b', 'a'"
    """
    return ", ".join(map(repr, names)) or "none"
