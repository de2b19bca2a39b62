"""Arguments of functions that users call, checked where an annotation checks nothing."""

from __future__ import annotations

import operator
from typing import Any

from lipschitz.errors import FieldError


def whole_number(what: str, given: Any, least: int) -> int:
    """Return a whole number of any type that has an exact integer value, those of numpy and torch included.

    Raises:
        FieldError: it is none, a bool, or too small.

    Example:
        >>> whole_number("steps", 5, 1)
        5
    """
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None or number < least:
        raise FieldError(f"{what} must be a whole number >= {least}, got {given!r}.")
    return number
