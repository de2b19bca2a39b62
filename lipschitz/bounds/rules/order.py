"""Sorting, maxima and minima: they choose among their arguments, and never move further apart than those."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Linear, Node, Nonlinear, Unknown, joined, scaled
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import expanded, with_constant
from lipschitz.bounds.traced import Traced


@rule("maximum", "minimum", "fmax", "fmin")
def larger_or_smaller(call: Call) -> Node:
    """Bound the larger or smaller of two values, entry by entry.

    Both come from one step that sorts pairs, so that a critic that uses both (MaxMin, GroupSort of size 2: Anil, Lucas,
    Grosse 2019, arXiv 1811.05381) has the constant 1 there.
    """
    operands = (call.get(0, "input"), call.get(1, "other"))
    nodes = [expanded(each.node(), call.shape) for each in operands if isinstance(each, Traced)]
    if len(nodes) == 1:
        return Nonlinear(call.shape, (nodes[0],), scaled(1.0))
    key = frozenset(each.node() for each in call.traced)
    if key not in call.pairs:
        both = Linear((2, *call.shape), tuple(nodes), _side_by_side, _side_by_side, joined, merges=2)
        call.pairs[key] = Nonlinear(both.shape, (both,), scaled(1.0))
    chosen = partial(_chosen, index=0 if call.name in ("maximum", "fmax") else 1)
    return Linear(call.shape, (call.pairs[key],), chosen, chosen, scaled(1.0), merges=0)


def _side_by_side(*values: Tensor) -> Tensor:
    return torch.stack(values)


def _chosen(value: Tensor, *, index: int) -> Tensor:
    return value[index]


@rule("max", "min")
def largest_or_smallest(call: Call) -> Node | list[Node]:
    """Bound a maximum over entries, over an axis, or of two tensors."""
    other: Any = call.get(1, "other", call.kwargs.get("dim"))
    if isinstance(other, Tensor):
        binary = Call(call.name + "imum", call.function, call.args, call.kwargs, call.result, call.pairs)
        return larger_or_smaller(binary)
    return sort(call)


@rule("sort", "msort", "topk", "kthvalue", "amax", "amin", "median", "nanmedian", "cummax", "cummin")
def sort(call: Call) -> list[Node]:
    """Bound sorted values, or some of them: 1 in every norm, since sorting two vectors brings them no further apart.

    Running maxima repeat values, and have no such bound.
    """
    if call.name.startswith("cum"):
        raise NoRuleError("It repeats values; no bound is implemented.")
    jumps = "places of maxima or of sorted values jump, so they have no Lipschitz constant."
    rest = [Unknown(tuple(result.shape), jumps) for result in call.results[1:]]
    return [with_constant(call, 1.0), *rest]
