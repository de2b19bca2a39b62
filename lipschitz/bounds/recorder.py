"""Notes what a critic does with its input, one torch function after the other."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.functions import (
    ALIKE,
    FACTS,
    LIKE_ANOTHER,
    NOISE_ALIKE,
    REASONS,
    SILENT_ALIASES,
    spelled,
)
from lipschitz.bounds.nodes import Node, Nonlinear, Unknown
from lipschitz.bounds.rules import RULES
from lipschitz.bounds.traced import Traced, tensors_in, traced_in, values_of
from lipschitz.errors import BoundError


class Recorder:
    """Computes the critic's functions on the tensors behind the traced ones and notes the steps.

    Attributes:
        path: of the layers being called, outermost first: name and type.
        trusting: above 0 inside a layer whose bound is stated, whatever it does.
        trusted: whether such a layer was called.
    """

    def __init__(self) -> None:
        """Start outside every layer."""
        self.path: list[tuple[str, str]] = []
        self.trusting = 0
        self.trusted = False
        self._pairs: dict[frozenset[Node], Node] = {}

    def __call__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute a call, and return its result with every tensor traced."""
        name, in_place = spelled(function)
        for traced in traced_in((args, kwargs)):
            traced.settle()
        if name in SILENT_ALIASES:
            name, function, args = "detach", Tensor.detach, args[:1]
        result: Any = function(*values_of(args), **values_of(kwargs))
        tensors = tensors_in(result)
        if not tensors:
            return self._without_tensors(name, result, args)
        if self._only_shaped(name, args, kwargs):
            return result
        if in_place:
            function = getattr(Tensor, name, function)
        call = Call(name, function, args, kwargs, result, self._pairs)
        nodes = self._nodes(call, name)
        changed = self._changed_in_place(tensors, call)
        if changed is not None:
            changed.renew(nodes[0])
            return changed
        return self.wrap(result, nodes)

    def wrap(self, result: Any, nodes: list[Node]) -> Any:
        """Trace the tensors of a result."""
        remaining = iter(nodes)

        def trace(leaf: Any) -> Any:
            return Traced.around(leaf, next(remaining), self) if isinstance(leaf, Tensor) else leaf

        return pytree.tree_map(trace, result)

    def noise(self, drawn: Tensor) -> Node:
        """Return the node of random numbers: they shift what they are added to, and have no place elsewhere."""
        return Nonlinear(tuple(drawn.shape), (), lambda norm, bounds: 0.0)

    def where(self) -> str:
        """Name the layer being called, for messages."""
        inside = [(path, kind) for path, kind in self.path if path]
        if inside:
            return f"layer {inside[-1][0]!r} ({inside[-1][1]})"
        return f"the critic ({self.path[-1][1]})" if self.path else "the critic"

    def _nodes(self, call: Call, name: str) -> list[Node]:
        if name in NOISE_ALIKE:
            return [self.noise(call.result)]
        rule = RULES.get(name)
        try:
            if rule is None:
                raise NoRuleError(REASONS.get(name, ""))
            _require_numbers(call)
            found = rule(call)
        except NoRuleError as reason:
            message = self.refusal(name, str(reason))
            return [Unknown(tuple(tensor.shape), message) for tensor in call.results]
        jumps = self.refusal(
            name, "Its result is not floating point and jumps, so it has no Lipschitz constant."
        )
        return [
            node if tensor.is_floating_point() else Unknown(tuple(tensor.shape), jumps)
            for node, tensor in zip(found if isinstance(found, list) else [found], call.results, strict=True)
        ]

    def refusal(self, name: str, reason: str) -> str:
        """Say that there is no bound, why, and what to do."""
        text = f"{self.where()}: no Lipschitz bound is known for the operation {name!r} as it is used here. "
        return (
            f"{text}{reason + ' ' if reason else ''}Use operations with a bound, or state the layer's bound yourself: "
            f"a rule registered with lipschitz.bounds.rule_for(its type), or a method lipschitz_bound(norm, shape)."
        )

    def _only_shaped(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Return whether a call takes no values of traced tensors."""
        if name in LIKE_ANOTHER:
            return not isinstance(args[0], Traced)
        return name in ALIKE and not traced_in((args[1:], kwargs))

    def _without_tensors(self, name: str, result: Any, args: tuple[Any, ...]) -> Any:
        if name in FACTS:
            return result
        if name == "__setitem__" and isinstance(args[0], Traced):
            message = self.refusal("assignment to a part of a tensor", "Use torch.cat, torch.where or F.pad.")
            args[0].renew(Unknown(tuple(args[0].value().shape), message))
            return result
        raise BoundError(
            self.refusal(
                name,
                "It hands values that depend on the input or on random numbers to Python, where they cannot be "
                "followed.",
            )
        )

    def _changed_in_place(self, tensors: list[Tensor], call: Call) -> Traced | None:
        for traced in call.traced:
            if tensors[0] is traced.value():
                return traced
        if any(leaf is tensors[0] for leaf in tensors_in((call.args, call.kwargs))):
            reason = "It writes values that depend on the input into a constant tensor."
            raise BoundError(self.refusal(call.name, reason))
        return None


def _require_numbers(call: Call) -> None:
    # Comparisons with NaN are false, so that no rule would notice.
    for leaf in pytree.tree_leaves((call.args, call.kwargs)):
        constant = isinstance(leaf, Tensor) and not isinstance(leaf, Traced)
        if bool(leaf.isnan().any()) if constant else isinstance(leaf, float) and math.isnan(leaf):
            raise NoRuleError("Its weights or arguments are not finite (NaN); check the training.")
