"""From a parsed file to a checked configuration, with every problem at its line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pydantic import ValidationError

from lipschitz_trainers.config.faults import Fault, collected
from lipschitz_trainers.config.layers import Layer
from lipschitz_trainers.config.overrides import Assignment, apply_set, parse_set
from lipschitz_trainers.config.problems import Problem, ProblemsError
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.config.wording import shown
from lipschitz_trainers.config.yaml12 import Document


def check_run(layer: Layer) -> tuple[RunConfig | None, list[Fault]]:
    """Return the run configuration a layer describes, or everything wrong with it."""
    try:
        return RunConfig.model_validate(layer.data), []
    except ValidationError as error:
        return None, collected(error)


def parse_sets(sets: Iterable[str]) -> tuple[list[Assignment], list[Problem]]:
    """Return the ``--set`` options that can be read, and the problems of the others."""
    assignments: list[Assignment] = []
    problems: list[Problem] = []
    for text in sets:
        try:
            assignments.append(parse_set(text))
        except ProblemsError as error:
            problems.extend(error.problems)
    return assignments, problems


def apply_sets(layer: Layer, assignments: Iterable[Assignment]) -> tuple[Layer, list[Problem]]:
    """Return a layer with the assignments that fit laid over it in turn, and the problems of the others."""
    problems: list[Problem] = []
    for assignment in assignments:
        try:
            layer = apply_set(layer, assignment)
        except ProblemsError as error:
            problems.extend(error.problems)
    return layer, problems


def mapping_problem(document: Document, what: str) -> Problem | None:
    """Return the problem of a file that holds no mapping; `what` says what it should describe."""
    if isinstance(document.data, Mapping):
        return None
    if document.data is None:
        return Problem(document.file, None, "", f"the file is empty; {what} is a mapping of keys to values")
    return Problem(
        document.file,
        document.lines.get(()),
        "",
        f"{what} is a mapping of keys to values, got {shown(document.data)}",
    )


def without_echoes(syntax: Collection[Problem], schema: Iterable[Problem]) -> list[Problem]:
    """Return both kinds of problems, without the schema's about values that could not even be read."""
    unread = [(problem.line, f".{problem.path}") for problem in syntax]
    own = [
        p for p in schema if not any(p.line == line and path.endswith(f".{p.path}") for line, path in unread)
    ]
    return [*syntax, *own]
