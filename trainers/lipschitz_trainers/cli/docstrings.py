"""The parts of a class's docstring: what it is, its formula, its attributes, where it comes from."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any

_SECTION = re.compile(r"([A-Z][a-z]+):")
_ENTRY = re.compile(r"(\w+): ?(.*)")


@dataclass(frozen=True)
class Docstring:
    """A docstring in Google's style, taken apart.

    Attributes:
        summary: its first paragraph, as one line.
        formula: the indented blocks before any section, without their indentation; empty if there are none.
        body: the other paragraphs before any section.
        attributes: what is said about each attribute, as one line.
        sections: text of every other section by title, such as ``"References"``.
    """

    summary: str
    formula: str
    body: str
    attributes: dict[str, str]
    sections: dict[str, str]


def docstring_of(cls: type[Any]) -> Docstring:
    """Take the docstring of a class apart.

    Example:
        >>> class Slope:
        ...     '''How steep it is.
        ...
        ...         rise / run
        ...
        ...     Attributes:
        ...         run: how far it goes,
        ...             in metres.
        ...     '''
        >>> parts = docstring_of(Slope)
        >>> parts.summary, parts.formula, parts.attributes
        ('How steep it is.', 'rise / run', {'run': 'how far it goes, in metres.'})
    """
    texts: dict[str, list[str]] = {"": []}
    section = ""
    for line in (inspect.getdoc(cls) or "").splitlines():
        found = _SECTION.fullmatch(line)
        if found is not None:
            section = found[1]
        texts.setdefault(section, [])
        if found is None:
            texts[section].append(line)
    paragraphs = re.split(r"\n\s*\n", "\n".join(texts.pop("")))
    formulas = [textwrap.dedent(text) for text in paragraphs[1:] if text.startswith("    ")]
    return Docstring(
        summary=one_line(paragraphs[0]),
        formula="\n\n".join(formulas).strip("\n"),
        body="\n\n".join(_items(text) for text in paragraphs[1:] if not text.startswith("    ")).strip(),
        attributes=_entries(texts.pop("Attributes", [])),
        sections={title: textwrap.dedent("\n".join(lines)).strip() for title, lines in texts.items()},
    )


def one_line(text: str) -> str:
    """Return a paragraph as one line, without markup.

    Example:
        >>> one_line("Weights are\\nclipped to ``bound``.")
        'Weights are clipped to bound.'
    """
    return " ".join(text.replace("``", "").split())


def _items(text: str) -> str:
    """Return a paragraph as one line, or a list with one line for each item."""
    return "\n".join(map(one_line, re.split(r"\n(?=- )", text)))


def _entries(lines: list[str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in textwrap.dedent("\n".join(lines)).splitlines():
        found = _ENTRY.fullmatch(line)
        if found is not None:
            name = found[1]
            entries[name] = found[2]
        elif name:
            entries[name] += " " + line
    return {key: one_line(text) for key, text in entries.items()}
