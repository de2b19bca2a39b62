"""Building blocks of rules: steps that are linear in one argument, rearrangements, steps with a constant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.linear_map import LinearMap
from lipschitz.bounds.nodes import Combine, Linear, Node, Nonlinear, scaled
from lipschitz.bounds.traced import Traced, tensors_in


def exactly(tensor: Tensor) -> Tensor:
    """Return a constant in float64; integers and masks stay as they are."""
    constant = tensor.detach()
    return constant.to(torch.float64) if constant.is_floating_point() else constant


def linear_in(
    call: Call,
    position: Traced,
    *,
    function: Callable[..., Any] | None = None,
    signed: bool = False,
    offset: bool = False,
    combine: Combine | None = None,
    merges: int = 1,
    one: tuple[int, ...] | None = None,
) -> list[Node]:
    """Return the nodes of a call that is affine in one traced argument, one for each tensor of the result.

    Args:
        call: the call.
        position: the argument; all others are constants.
        function: what to call instead of the function itself, out of place.
        signed: constant tensors among the arguments are weights, which may be negative.
        offset: the result for a zero argument is not zero.
        combine: as for `Linear`; by default the operator norm is computed.
        merges: as for `Linear`.
        one: shape of a smaller argument that shows the same norm.
    """

    def constants(transform: Callable[[Tensor], Tensor]) -> Any:
        def convert(leaf: Any) -> Any:
            return transform(leaf) if isinstance(leaf, Tensor) and leaf is not position else leaf

        kept = {key: value for key, value in call.kwargs.items() if key not in ("dtype", "inplace")}
        return pytree.tree_map(convert, (call.args, kept))

    def mapped(arguments: Any, index: int) -> Callable[[Tensor], Tensor]:
        def affine(value: Tensor) -> Tensor:
            def fill(leaf: Any) -> Any:
                return value if leaf is position else leaf

            args, kwargs = pytree.tree_map(fill, arguments)
            return tensors_in((function or call.function)(*args, **kwargs))[index]

        return (lambda value: affine(value) - affine(torch.zeros_like(value))) if offset else affine

    exact = constants(exactly)
    magnitudes = constants(lambda tensor: exactly(tensor).abs()) if signed else exact
    nodes: list[Node] = []
    for index, result in enumerate(call.results):
        apply, absolute = mapped(exact, index), mapped(magnitudes, index)
        small = LinearMap(one, apply, absolute, position.device) if one else None
        shape = tuple(result.shape)
        nodes.append(Linear(shape, (position.node(),), apply, absolute, combine, small, merges))
    return nodes


def rearranged(call: Call, function: Callable[..., Any] | None = None) -> list[Node]:
    """Return the nodes of a call that puts every entry of its argument in at most one place."""
    call.first()
    return linear_in(call, call.traced[0], function=function, combine=scaled(1.0), merges=0)


def with_constant(call: Call, constant: float | Combine) -> Node:
    """Return the node of a call that is Lipschitz in its first argument.

    Args:
        call: the call.
        constant: for all norms, or a function of the norm and the argument's bound.
    """
    combine = constant if callable(constant) else scaled(constant)
    if not callable(constant) and not math.isfinite(constant):
        raise NoRuleError("Its slope is not bounded.")
    return Nonlinear(call.shape, (call.first(),), combine)


def unchanged(call: Call) -> Node:
    """Return the node of a call that hands its first argument on."""
    return Linear(call.shape, (call.first(),), torch.clone, torch.clone, scaled(1.0), merges=0)


def expanded(node: Node, shape: tuple[int, ...]) -> Node:
    """Return a node broadcast to a shape."""
    if node.shape == shape:
        return node

    def expand(value: Tensor) -> Tensor:
        return value.expand(shape)

    return Linear(shape, (node,), expand, expand)
