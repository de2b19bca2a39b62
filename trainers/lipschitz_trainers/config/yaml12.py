"""YAML 1.2 on top of PyYAML's scanner: lines kept, duplicates refused, plain values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from lipschitz_trainers.config.problems import Problem, dotted, raise_problems
from lipschitz_trainers.config.yaml_dump import dump_yaml as dump_yaml
from lipschitz_trainers.config.yaml_scalars import MAP, PREFIX, SEQ, STR, TAGS, plain_tag, scalar_value

Path = tuple[str | int, ...]

MAX_NODES = 100_000
"""Values in one document, aliases expanded: a few lines of aliases can stand for billions."""

MAX_DEPTH = 64
"""Levels of nesting in one document."""


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Attributes:
        data: mappings, lists, strings, numbers, booleans and None.
        lines: by path, the line of the key (of the item, in a list), from 1; ``()`` is the whole document.
        file: its name in messages.
    """

    data: Any
    lines: dict[Path, int]
    file: str


def load_yaml(text: str, file: str) -> Document:
    """Parse YAML under the core schema of YAML 1.2.

    Args:
        text: the whole file.
        file: its name in messages.

    Raises:
        ConfigError: a syntax error, duplicate or non-string keys, tags of other schemas, an alias inside its
            own anchor, or more than `MAX_NODES` values; each with its line.

    Example:
        >>> load_yaml("lr: 1e-4\\nanswer: no", "run.yaml").data
        {'lr': 0.0001, 'answer': 'no'}
    """
    document, problems = read_yaml(text, file)
    raise_problems(problems)
    return document


def read_yaml(text: str, file: str) -> tuple[Document, list[Problem]]:
    """Parse as `load_yaml`, but return the problems beside what could be read despite them.

    After a syntax error the data is None.
    """
    reading = _Reading(file)
    try:
        node = _Loader(text).get_single_node()
        if node is None:
            return Document(None, {(): 1}, file), []
        return Document(
            reading.value(node, (), node.start_mark.line + 1), reading.lines, file
        ), reading.problems
    except _StopReadingError:
        problem = reading.problems[-1]
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        problem = Problem(
            file, line, "", f"the character U+{ord(text[error.position]):04X} is not allowed", column
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        problem = Problem(file, line, "", f"no valid YAML: {reason}", column)
    except RecursionError:
        problem = Problem(file, None, "", f"is nested more than {MAX_DEPTH} levels deep")
    except (ValueError, OverflowError) as error:
        # PyYAML passes the number in an escape such as "\U7fffffff" to chr() unchecked.
        problem = Problem(file, None, "", f"no valid YAML: {error}")
    return Document(None, {(): 1}, file), [problem]


class _CoreResolver(BaseResolver):
    """Reads plain scalars by the core schema instead of PyYAML's YAML 1.1."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return plain_tag(value) if implicit[0] else STR
        return SEQ if kind is yaml.SequenceNode else MAP


class _Loader(Reader, Scanner, Parser, Composer, _CoreResolver):
    """PyYAML up to the node graph; the values are made by `_Reading`."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _CoreResolver.__init__(self)


class _StopReadingError(Exception):
    """The rest of the document cannot be read; the reason is the last problem."""


class _Reading:
    """Turns the node graph of one document into values, noting lines and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: Path, line: int) -> Any:
        """Return the value of `node`; `line` is where its key stands."""
        self.lines[path] = line
        if len(self.lines) > MAX_NODES:
            self._stop(
                path, line, f"the file holds more than {MAX_NODES} values once its aliases are expanded"
            )
        if len(path) > MAX_DEPTH:
            self._stop(path[:3], line, f"is nested more than {MAX_DEPTH} levels deep")
        if id(node) in self._open:
            self._stop(path, line, "an alias stands inside its own anchor")
        if node.tag not in TAGS:
            shown = "!!" + node.tag.removeprefix(PREFIX) if node.tag.startswith(PREFIX) else node.tag
            self._note(path, line, f"the tag {shown} is not allowed; a configuration holds plain values only")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [
                    self.value(item, (*path, i), item.start_mark.line + 1)
                    for i, item in enumerate(node.value)
                ]
            return self._scalar(node, path, line)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(path, line, "a key must be a string, not a list or a mapping")
                continue
            key: str = key_node.value
            if key_node.tag != STR:
                self._note((*path, key), line, f"a key must be a string; write it in quotes: {key!r}")
            if (*path, key) in self.lines:
                self._note(
                    (*path, key), line, f"duplicate key, first given on line {self.lines[(*path, key)]}"
                )
                continue
            result[key] = self.value(value_node, (*path, key), line)
        return result

    def _scalar(self, node: yaml.Node, path: Path, line: int) -> Any:
        try:
            value = scalar_value(node.tag, node.value)
            str(value).encode()
        except UnicodeEncodeError:
            self._note(path, line, "half of a surrogate pair is no character")
        except ValueError as error:
            self._note(path, line, str(error))
        else:
            return value
        return None

    def _note(self, path: Path, line: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, dotted(path), message))

    def _stop(self, path: Path, line: int, message: str) -> None:
        self._note(path, line, message)
        raise _StopReadingError
