"""Bounds that authors of layers state themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from torch import Tensor, nn

from lipschitz.bounds.nodes import Node, Nonlinear
from lipschitz.bounds.recorder import Recorder
from lipschitz.bounds.traced import traced_in, values_of
from lipschitz.errors import BoundError, FieldError

LayerRule: TypeAlias = Callable[[Any, float, tuple[int, ...]], float]
"""From layer, norm (2, 1 or inf) and shape of its input, batch axis included, to its Lipschitz constant."""

R = TypeVar("R", bound=LayerRule)

_rules: dict[type[nn.Module], LayerRule] = {}


def rule_for(layer_type: type[nn.Module]) -> Callable[[R], R]:
    """Register the Lipschitz constant of a layer type that bounds cannot see through.

    The rule counts for subclasses too, and before anything known about the operations inside the layer. It is trusted:
    a wrong rule makes wrong bounds. A method ``lipschitz_bound(norm, shape)`` of the layer does the same without
    registering, and counts before rules.

    Args:
        layer_type: a subclass of `nn.Module` that takes one tensor and returns one.

    Raises:
        FieldError: it is no layer type.

    Example:
        >>> class Wave(nn.Module):
        ...     def forward(self, x):
        ...         return x.sin() * x.cos()
        >>> @rule_for(Wave)
        ... def wave(layer, norm, shape):
        ...     return 1.0
        >>> import lipschitz, torch
        >>> critic = nn.Sequential(nn.Linear(2, 1), Wave())
        >>> _ = critic[0].weight.data.copy_(torch.tensor([[3.0, 4.0]]))
        >>> round(lipschitz.product_bound(critic, torch.zeros(1, 2)), 5)
        5.0
    """
    if not (isinstance(layer_type, type) and issubclass(layer_type, nn.Module)):  # pyright: ignore
        raise FieldError(f"rule_for takes a type of layer (a subclass of nn.Module), got {layer_type!r}.")

    def register(rule: R) -> R:
        _rules[layer_type] = rule
        return rule

    return register


def stated_rule(layer: nn.Module) -> LayerRule | None:
    """Return the rule of a layer that has one."""
    own: Any = getattr(layer, "lipschitz_bound", None)
    if callable(own):

        def stated(layer: Any, norm: float, shape: tuple[int, ...]) -> Any:
            return own(norm, shape)

        return stated
    return next((_rules[kind] for kind in type(layer).__mro__ if kind in _rules), None)


def followed_by_rule(layer: nn.Module, rule: LayerRule, recorder: Recorder, where: str) -> Callable[..., Any]:
    """Return what to call instead of the layer's `forward`: the same, noted as one step."""
    forward = layer.forward

    def call(*args: Any, **kwargs: Any) -> Any:
        traced = traced_in((args, kwargs))
        for each in traced:
            each.settle()
        recorder.trusting += 1
        recorder.trusted = True
        try:
            result: Any = forward(*values_of(args), **values_of(kwargs))
        finally:
            recorder.trusting -= 1
        if not traced:
            return result
        if len(traced) != 1 or not isinstance(result, Tensor):
            raise BoundError(
                f"the bound stated for layer {where!r} is for one tensor in and one out, and it is used otherwise."
            )
        shape = tuple(traced[0].value().shape)

        def combine(norm: float, bounds: Any) -> float:
            constant = float(rule(layer, norm, shape))
            if not (math.isfinite(constant) and constant >= 0):
                raise BoundError(f"the bound stated for layer {where!r} must be at least 0, got {constant}.")
            return bounds[0] * constant

        node: Node = Nonlinear(tuple(result.shape), (traced[0].node(),), combine)
        return recorder.wrap(result, [node])

    return call
