"""Lines of text in a figure: every character as wide as the others, padding pale."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font

from lipschitz_trainers.data.vocabulary import PAD, UNKNOWN
from lipschitz_trainers.reports.style import WIDTH

FONT = "DejaVu Sans Mono"
ADVANCE = 0.602
"""Width of a character of this font over its size."""

POINTS = 72
"""An inch has so many."""

LARGEST, SMALLEST = 8.0, 5.0
"""Sizes of letters, in points."""

LEADING = 1.35
"""Height of a line over the size of its letters."""

PALE = "#c4c4c4"
USED = 0.9
"""Of a panel's width; the rest keeps neighbors apart."""

LONGEST = int(USED * WIDTH * POINTS / (ADVANCE * SMALLEST))
"""Characters of a line that are shown, at most."""


def panels_beside(length: int, most: int) -> int:
    """Return how many panels with lines of this length fit beside each other in letters of at least 6.5 points."""
    return max(1, min(most, int(USED * WIDTH * POINTS / (min(length, LONGEST) * ADVANCE * 6.5))))


def letter_size(length: int, inches: float) -> float:
    """Return the size of letters, in points, with which lines of this length fit into a panel of this width."""
    return min(LARGEST, USED * inches * POINTS / (min(length, LONGEST) * ADVANCE))


def height_of(lines: int, size: float) -> float:
    """Return how many inches lines take."""
    return lines * LEADING * size / POINTS


def draw_lines(axis: Axes, lines: Sequence[str], size: float, color: str) -> None:
    """Write lines into an empty panel from its upper left corner; padding is pale, what has no letter is replaced.

    Args:
        axis: empty.
        lines: one below the other.
        size: of the letters, in points.
        color: of everything but padding.
    """
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.grid(visible=False)
    for i, line in enumerate(map(drawable, lines)):
        place = (0.0, 1 - (i + 0.5) / max(len(lines), 1))
        # Written twice, so that each character stays in its column.
        for text, ink in ((line.replace(PAD, " "), color), (_only_padding(line), PALE)):
            if not text.isspace():
                axis.text(
                    *place,
                    text.rstrip(),
                    transform=axis.transAxes,
                    family=FONT,
                    size=size,
                    color=ink,
                    va="center_baseline",
                    parse_math=False,
                )


def drawable(line: str) -> str:
    """Return a line with characters that have no letter replaced, cut if it is too long.

    Example:
        >>> drawable("a\\tb") == f"a{UNKNOWN}b"
        True
    """
    shown = "".join(character if ord(character) in _letters() else UNKNOWN for character in line)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def _only_padding(line: str) -> str:
    return "".join(PAD if character == PAD else " " for character in line)


@functools.cache
def _letters() -> frozenset[int]:
    """Return the code points that the font has letters for."""
    font = get_font(findfont(FontProperties(family=FONT)))
    return frozenset(code for code in font.get_charmap() if chr(code).isprintable())
