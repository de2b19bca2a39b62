"""Lines of text in a figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from lipschitz_trainers.reports import lettering
from lipschitz_trainers.reports.lettering import LONGEST, draw_lines, drawable, letter_size, panels_beside
from lipschitz_trainers.reports.style import WIDTH, styled


def drawn(lines: list[str], size: float = 8.0, inches: float = 3.0) -> list[Text]:
    with styled():
        figure = Figure(figsize=(inches, 1))
        axis = figure.add_axes((0, 0, 1, 1))
        draw_lines(axis, lines, size, "black")
        FigureCanvasAgg(figure).draw()
    return list(axis.texts)


@pytest.mark.parametrize("length", [1, 32, 64, 128, 1000])
def test_a_line_fits_into_its_panel(length: int) -> None:
    inches = WIDTH / panels_beside(length, 6)
    (text,) = drawn(["W" * length], letter_size(length, inches), inches)
    assert text.get_window_extent().width <= inches * text.figure.dpi  # type: ignore[union-attr]
    assert letter_size(length, inches) >= lettering.SMALLEST - 0.01


def test_padding_is_pale_and_stays_in_its_columns() -> None:
    letters, padding = drawn(["ab``c``"])
    assert letters.get_text() == "ab  c"
    assert padding.get_text() == "  ``" + " ``"
    assert (letters.get_color(), padding.get_color()) == ("black", lettering.PALE)
    width = drawn(["W" * 7])[0].get_window_extent().width
    assert padding.get_window_extent().width == pytest.approx(width, rel=0.05)


def test_lines_without_letters_or_padding_need_no_text() -> None:
    assert [text.get_text() for text in drawn(["   ", "```", "ab"])] == ["```", "ab"]


@given(st.text(max_size=2 * LONGEST))
def test_whatever_the_text_every_character_has_a_letter(line: str) -> None:
    shown = drawable(line)
    assert len(shown) == min(len(line), LONGEST)
    assert shown.isprintable()


def test_signs_of_mathematics_and_unknown_characters_are_drawn_as_they_are() -> None:
    # A missing glyph would warn, and warnings are errors here.
    (text,) = drawn(["$x^2$ \t 漢 \\frac"])
    assert text.get_text() == "$x^2$ \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} \\frac"
