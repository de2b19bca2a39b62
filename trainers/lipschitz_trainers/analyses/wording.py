"""Numbers as a reader wants them: few digits, the same number of decimals where they are compared."""

from __future__ import annotations

import math
from collections.abc import Iterable

MISSING = "–"
"""What stands where there is no number."""


def decimals(value: float, digits: int) -> int:
    """Return how many decimals show `value` with `digits` significant digits (0 to 8).

    Example:
        >>> decimals(0.0134, 2), decimals(134.0, 2)
        (3, 0)
    """
    if not math.isfinite(value) or value == 0:
        return 0
    return min(8, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def number(value: float | None, digits: int = 3) -> str:
    """Return `value` with `digits` significant digits; very small and very large ones with an exponent.

    Example:
        >>> number(0.08134), number(1234567.0), number(0.0000123), number(None)
        ('0.0813', '1.23e6', '1.23e-5', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    if not 1e-4 <= size < 1e5:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        return f"{sign}{mantissa}e{int(exponent)}"
    return f"{sign}{size:,.{decimals(size, digits)}f}"


def mean_and_spread(mean: float | None, std: float | None) -> str:
    """Return ``mean ± standard deviation`` with the decimals that suit both; the mean alone without a spread.

    Example:
        >>> mean_and_spread(0.0812, 0.00431), mean_and_spread(0.0812, None)
        ('0.0812 ± 0.0043', '0.0812')
    """
    shown = number(mean)
    if mean is None or std is None or not math.isfinite(std) or "e" in shown or shown == MISSING:
        return shown
    if 0 < std < 1e-4 * abs(mean):
        return f"{shown} ± {number(std, 1)}"
    places = max(decimals(mean, 3), decimals(std, 1))
    return f"{mean:,.{places}f} ± {std:,.{places}f}"


def plural(count: int, noun: str) -> str:
    """Return ``"1 seed"``, ``"3 seeds"``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(items: Iterable[str]) -> str:
    """Return ``"a"``, ``"a and b"``, ``"a, b and c"``."""
    *most, last = list(items) or [MISSING]
    return f"{', '.join(most)} and {last}" if most else last


def gist(text: str | None) -> str:
    """Return the line of a message that says what happened: of a traceback the last, else the first."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    if not lines:
        return "no message"
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def value_text(value: object) -> str:
    """Return any value as text: few digits for floats, a dash for None, yes and no for truth values."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """Return a time as a reader says it.

    Example:
        >>> duration(4.2), duration(75), duration(7400)
        ('4.2 s', '1 min 15 s', '2 h 3 min')
    """
    if not math.isfinite(seconds):
        return MISSING
    if seconds < 60:
        return f"{number(seconds, 2)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
