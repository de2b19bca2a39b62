"""One call of a torch function with traced arguments, as a rule sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from lipschitz.bounds.nodes import Node
from lipschitz.bounds.traced import Traced, tensors_in, traced_in

Rule: TypeAlias = "Callable[[Call], Node | list[Node]]"
"""From a call to the node of its result, or to the nodes of the tensors in its result."""


class NoRuleError(Exception):
    """A rule does not cover a call; the message says why and what to do, and is shown to the user."""


@dataclass(frozen=True)
class Call:
    """A call that has been computed and is to be noted.

    Attributes:
        name: of the function, without the trailing underscore of operations in place.
        function: itself.
        args: positional arguments.
        kwargs: keyword arguments.
        result: what it returned for the tensors behind the traced ones.
        pairs: sorted pairs noted so far, by what was compared (see `lipschitz.bounds.rules.order`).
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    pairs: dict[frozenset[Node], Node]

    def get(self, position: int, name: str, default: Any = None) -> Any:
        """Return an argument by position or name."""
        return self.args[position] if position < len(self.args) else self.kwargs.get(name, default)

    @property
    def traced(self) -> list[Traced]:
        """The traced arguments."""
        return traced_in((self.args, self.kwargs))

    @property
    def results(self) -> list[Tensor]:
        """The tensors in the result."""
        return tensors_in(self.result)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the first tensor of the result."""
        return tuple(self.results[0].shape)

    def first(self) -> Node:
        """Return the node of the first argument, the only traced one.

        Raises:
            NoRuleError: other arguments depend on the input too, or another one instead.
        """
        argument: Any = self.args[0] if self.args else self.kwargs.get("input")
        if len(self.traced) != 1 or argument is not self.traced[0]:
            raise NoRuleError("Its parameters depend on the input of the critic or on random numbers.")
        return self.traced[0].node()
