"""Sums, products with constants, and choices between values."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Linear, Node, added, joined, scaled
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import exactly, expanded, linear_in
from lipschitz.bounds.traced import Traced


@rule("add", "sub", "subtract", "rsub")
def add(call: Call) -> Node:
    """Bound a + alpha b, a - alpha b or b - alpha a: sums of dependent values, or one of them shifted."""
    alpha = float(call.get(2, "alpha", 1))
    factors = {"add": (1.0, alpha), "rsub": (-alpha, 1.0)}.get(call.name, (1.0, -alpha))
    operands = (call.get(0, "input"), call.get(1, "other"))
    found = [(x.node(), c) for x, c in zip(operands, factors, strict=True) if isinstance(x, Traced)]
    if not found:
        raise NoRuleError("Its alpha depends on the input of the critic.")
    inputs = tuple(expanded(node, call.shape) for node, _ in found)
    weights = [c for _, c in found]

    def total(*values: Tensor, of: list[float]) -> Tensor:
        return sum((c * value for c, value in zip(of, values, strict=True)), torch.zeros_like(values[0]))

    magnitudes = [abs(c) for c in weights]
    apply, absolute = partial(total, of=weights), partial(total, of=magnitudes)
    merges = 2 if len(inputs) > 1 else 0
    return Linear(
        call.shape,
        inputs,
        apply,
        absolute,
        lambda norm, bounds: added(norm, [c * b for c, b in zip(magnitudes, bounds, strict=True)]),
        merges=merges,
    )


@rule("neg", "negative", "positive")
def negate(call: Call) -> Node:
    """Bound -x or +x."""
    sign = -1.0 if call.name.startswith("neg") else 1.0

    def signed(value: Tensor) -> Tensor:
        return sign * value

    return Linear(call.shape, (call.first(),), signed, torch.clone, scaled(1.0), merges=0)


@rule("mul", "multiply")
def multiply(call: Call) -> Node:
    """Bound a product with a constant."""
    first, second = call.get(0, "input"), call.get(1, "other")
    if len(call.traced) != 1:
        raise NoRuleError(
            "The product of two values that depend on the input has no global Lipschitz constant."
        )
    return _times(call, call.traced[0].node(), second if isinstance(first, Traced) else first)


@rule("div", "divide", "true_divide")
def divide(call: Call) -> Node:
    """Bound a quotient by a constant."""
    if call.get(2, "rounding_mode") is not None:
        raise NoRuleError("Rounding jumps, so it has no Lipschitz constant.")
    divisor: Any = call.get(1, "other")
    if isinstance(divisor, Traced):
        raise NoRuleError("Division by a value that depends on the input has no global Lipschitz constant.")
    return _times(call, call.first(), 1 / (exactly(divisor) if isinstance(divisor, Tensor) else divisor))


def _times(call: Call, node: Node, constant: Any) -> Node:
    factor = exactly(torch.as_tensor(constant, dtype=None if isinstance(constant, Tensor) else torch.float64))
    if not factor.is_floating_point():
        factor = factor.to(torch.float64)
    size = factor.abs()
    largest = float(size.max()) if size.numel() else 0.0
    widened = call.shape != node.shape
    if factor.numel() == 1 and not widened:
        factor, size = factor.reshape(()), size.reshape(())
    merges = 0 if factor.ndim == 0 else 1
    combine = None if widened else scaled(largest)
    apply, absolute = partial(torch.mul, factor), partial(torch.mul, size)
    return Linear(call.shape, (node,), apply, absolute, combine, merges=merges)


METHODS: Any = (Tensor.where, torch._C.TensorBase.where)  # pyright: ignore


@rule("where")
def where(call: Call) -> Node:
    """Bound a choice that does not depend on the input."""
    method = call.function in METHODS  # x.where(condition, other)
    mask: Any = call.get(1 if method else 0, "condition")
    if isinstance(mask, Traced):
        raise NoRuleError(
            "The choice depends on the input and may jump; write it with relu, maximum or clamp."
        )
    found: list[tuple[Node, Tensor]] = []
    for operand, kept in ((call.get(0 if method else 1, "input"), mask), (call.get(2, "other"), ~mask)):
        if isinstance(operand, Traced):
            found.append((expanded(operand.node(), call.shape), kept.to(torch.float64)))

    def choose(*values: Tensor) -> Tensor:
        return sum(
            (x * kept for x, (_, kept) in zip(values, found, strict=True)), torch.zeros_like(values[0])
        )

    inputs = tuple(node for node, _ in found)
    return Linear(call.shape, inputs, choose, choose, joined, merges=2 if len(inputs) > 1 else 0)


@rule("masked_fill")
def masked_fill(call: Call) -> list[Node]:
    """Bound a replacement of entries by a constant, where the choice does not depend on the input."""
    call.first()
    combine = scaled(1.0) if call.shape == call.traced[0].node().shape else None
    return linear_in(call, call.traced[0], function=_cleared, combine=combine)


def _cleared(input: Tensor, mask: Tensor, value: Any = None) -> Tensor:  # noqa: A002
    return torch.masked_fill(input, mask, 0.0)  # the fill itself may be infinite


@rule("cat", "concat", "concatenate", "stack", "hstack", "vstack")
def concatenate(call: Call) -> Node:
    """Bound values side by side; constants among them do not count."""
    parts: list[Any] = list(call.get(0, "tensors"))
    rest = {key: value for key, value in call.kwargs.items() if key in ("dim", "axis")}
    places = [i for i, part in enumerate(parts) if isinstance(part, Traced)]
    zeros = [torch.zeros(part.shape, dtype=torch.float64, device=part.device) for part in parts]

    def side_by_side(*values: Tensor) -> Tensor:
        filled = list(zeros)
        for i, value in zip(places, values, strict=True):
            filled[i] = value
        return call.function(filled, *call.args[1:], **rest)

    inputs = tuple(parts[i].node() for i in places)
    merges = 2 if len(inputs) > 1 else 0
    return Linear(call.shape, inputs, side_by_side, side_by_side, joined, merges=merges)
