"""Everything that is wrong with a configuration, as lines that say where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lipschitz import ConfigError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: the file as the user named it, or the ``--set`` option the value came from.
        line: line of the key in that file, from 1; None where there is none to point at.
        path: dotted path of the key in the configuration; empty for the whole file.
        message: what was expected, what was got, what to do.
        column: for syntax errors only, from 1.

    Example:
        >>> str(Problem("experiment.yaml", 12, "critic.optimizer.lr", "must be > 0, got -1"))
        'experiment.yaml:12: critic.optimizer.lr: must be > 0, got -1'
    """

    file: str
    line: int | None
    path: str
    message: str
    column: int | None = None

    def __str__(self) -> str:
        """Return ``file:line:column: path: message`` on one line, without the parts there are not."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return " ".join(": ".join(part for part in (place, self.path, self.message) if part).splitlines())


class ProblemsError(ConfigError):
    """A configuration is not well-formed; its text lists every problem, one per line.

    Attributes:
        problems: the same, for those who want to show them in another way.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems; the tuple is the only argument, so that the error can be pickled."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Return one line per problem."""
        return "\n".join(map(str, self.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without repetitions, those of one file together and by line."""
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.file for problem in unique))
    return sorted(
        unique, key=lambda problem: (files.index(problem.file), problem.line or 0, problem.column or 0)
    )


def raise_problems(problems: Iterable[Problem]) -> None:
    """Raise all problems together; do nothing when there are none.

    Raises:
        ConfigError: there is at least one; it lists them all, one per line.
    """
    found = in_order(problems)
    if found:
        raise ProblemsError(tuple(found))


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as ``--set`` spells it.

    Example:
        >>> dotted(("constraint", 0, "coefficient"))
        'constraint.0.coefficient'
    """
    return ".".join(map(str, path))
