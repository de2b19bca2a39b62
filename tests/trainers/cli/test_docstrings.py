"""Docstrings taken apart."""

from lipschitz_trainers.cli.docstrings import Docstring, docstring_of


class Whole:
    """Summary over
    two lines with ``code``.

        a formula,   spaced

            deeper

    A paragraph: with
    a colon.

        another formula

    - an item
      of two lines
    - another one

    Attributes:
        first: one line.
        second: two
            lines, with a colon: here.

    References:
        Author: Title, 2017.
        Other: Title, 2018.

    Example:
        >>> 1 + 1
        2
    """


class Short:
    """One line."""


class Bare:
    pass


def test_every_part_is_found():
    assert docstring_of(Whole) == Docstring(
        summary="Summary over two lines with code.",
        formula="a formula,   spaced\n\ndeeper\n\nanother formula",
        body="A paragraph: with a colon.\n\n- an item of two lines\n- another one",
        attributes={"first": "one line.", "second": "two lines, with a colon: here."},
        sections={
            "References": "Author: Title, 2017.\nOther: Title, 2018.",
            "Example": ">>> 1 + 1\n2",
        },
    )


def test_what_is_missing_is_empty():
    assert docstring_of(Short) == Docstring("One line.", "", "", {}, {})
    assert docstring_of(Bare).formula == ""
