"""Norms and (log-)sums of exponentials along an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Node
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import with_constant


@rule("softmax")
def softmax(call: Call) -> Node:
    """Bound softmax: its derivative diag(s) - s s' is symmetric with rows of absolute sum 2 s (1 - s) <= 1/2."""
    return with_constant(call, 0.5)


@rule("logsumexp")
def logsumexp(call: Call) -> Node:
    """Bound log-sum-exp: its derivative is nonnegative and sums to 1."""
    return with_constant(call, 1.0)


@rule("log_softmax")
def log_softmax(call: Call) -> Node:
    """Bound x - logsumexp(x): the derivative is I - 1 s', an oblique projection of norm sqrt(n) |s| in norm 2."""
    axis: Any = call.get(1, "dim")
    if axis is None:
        raise NoRuleError("Its axis must be given.")
    size = call.shape[int(axis)]
    # Columns: 1 - s_j + (n - 1) s_j, at most n - 1 for n >= 2. Rows: 2 (1 - s_i).
    constants = {2.0: math.sqrt(size), 1.0: size - 1.0, math.inf: 2.0}

    def combine(norm: float, bounds: Sequence[float]) -> float:
        return bounds[0] * (constants[float(norm)] if size > 1 else 0.0)

    return with_constant(call, combine)


@rule("norm", "linalg_vector_norm", "linalg_norm")
def vector_norm(call: Call) -> Node:
    """Bound a q-norm over groups of n entries: n^(1/q - 1/p) where q < p, and 1 otherwise."""
    order: Any = call.get(1, "p" if call.name == "norm" else "ord", 2)
    order = 2 if order in (None, "fro") else order
    if not isinstance(order, int | float) or order < 1:
        raise NoRuleError(f"No bound is implemented for the order {order!r}.")
    shape = call.first().shape
    axes: Any = call.get(2, "dim")
    if call.name == "linalg_norm" and order != 2 and not isinstance(axes, int):
        raise NoRuleError("Norms of matrices have no rule; use torch.linalg.vector_norm.")
    size = math.prod(shape) // max(1, math.prod(call.shape)) if math.prod(shape) else 1

    def combine(norm: float, bounds: Sequence[float]) -> float:
        return bounds[0] * size ** max(0.0, 1 / order - 1 / norm)

    return with_constant(call, combine)
