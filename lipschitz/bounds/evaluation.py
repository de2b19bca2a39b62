"""From the graph of a critic to a number: the product along its steps, linear runs taken as one map."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from lipschitz.bounds.linear_map import LinearMap, fits_a_matrix, operator_norm_of
from lipschitz.bounds.nodes import Linear, Node, Nonlinear, Source, Unknown
from lipschitz.errors import BoundError

LARGEST_RUN = 2**21
"""Numbers in the argument or the result of a linear run that is still bounded as one map."""


def lipschitz_constant(node: Node, norm: float, tolerance: float, device: torch.device) -> float:
    """Return an upper bound of the Lipschitz constant of a node, as a function of its source.

    Args:
        node: the last of its graph.
        norm: 2, 1 or inf, of the input space and of every space between.
        tolerance: relative tightness aimed at for the norms of large linear maps.
        device: where to compute those.

    Raises:
        BoundError: the node depends on a step without a bound.
    """
    order = _steps(node, None)
    bases = _bases(order)
    needed = {node}
    for each in reversed(order):
        if each in needed:
            needed.update(_inputs(each) if bases[each] is each else (bases[each],))
    bounds: dict[Node, float] = {}
    for each in order:
        if each in needed:
            base = bases[each]
            bounds[each] = _finite(
                _own_bound(each, [bounds[above] for above in _inputs(each)], norm)
                if base is each
                else bounds[base] * _run_bound(each, base, norm, tolerance, device)
                if bounds[base] > 0
                else 0.0
            )
    return bounds[node]


def is_affine(node: Node) -> bool:
    """Return whether a node is an affine function of its source."""
    return all(isinstance(each, Linear | Source) for each in _steps(node, None))


def rounded_steps(node: Node) -> int:
    """Return how many steps a node is computed by, without those that only move numbers around or change signs."""
    return sum(_rounds(each) for each in _steps(node, None))


def _rounds(step: Node) -> bool:
    if not isinstance(step, Linear):
        return isinstance(step, Nonlinear)
    if step.merges or step.combine is None:
        return True
    return step.combine(math.inf, [1.0] * len(step.inputs)) != 1


def base_of(node: Node) -> Node:
    """Return the node of which this one is an affine function: the source, or the last one that is none."""
    return _bases(_steps(node, None))[node]


def linear_run(node: Node, base: Node, device: torch.device) -> LinearMap:
    """Return the linear map from `base` to a node that is an affine function of it."""
    steps = _linear_steps(node, base)
    apply, absolute = (partial(_replay, steps, base, absolute=flag) for flag in (False, True))
    return LinearMap(base.shape, apply, absolute, device)


def _bases(order: list[Node]) -> dict[Node, Node]:
    bases: dict[Node, Node] = {}
    for each in order:
        found = [bases[above] for above in each.inputs] if isinstance(each, Linear) else [each]
        bases[each] = found[0] if all(base is found[0] for base in found) else each
    return bases


def _own_bound(node: Node, bounds: list[float], norm: float) -> float:
    if isinstance(node, Unknown):
        raise BoundError(node.message)
    if isinstance(node, Source):
        return 1.0
    assert node.combine is not None  # a linear step of one input is never a base
    return node.combine(norm, bounds)


def _finite(bound: float) -> float:
    if not math.isfinite(bound):
        raise BoundError(
            "weights of the critic are not finite, or its bound overflows, so there is no Lipschitz constant to state; "
            "check its training."
        )
    return bound


def _run_bound(node: Node, base: Node, norm: float, tolerance: float, device: torch.device) -> float:
    """Return a bound of the linear map from `base` to `node`."""
    steps = _linear_steps(node, base)
    size_in, size_out = math.prod(base.shape), math.prod(node.shape)
    gain = sum(step.merges for step in steps)
    large = not fits_a_matrix(size_in, size_out)
    if gain == 0 or (large and (gain == 1 or max(size_in, size_out) > LARGEST_RUN)):
        return _product(steps, base, norm, tolerance, device)
    return operator_norm_of(linear_run(node, base, device), norm, tolerance)


def _product(steps: list[Linear], base: Node, norm: float, tolerance: float, device: torch.device) -> float:
    """Return the bound of a run from the bounds of its steps alone."""
    bounds: dict[Node, float] = {base: 1.0}
    for step in steps:
        if step.combine is not None:
            bounds[step] = step.combine(norm, [bounds[above] for above in step.inputs])
        else:
            one = step.one or LinearMap(step.inputs[0].shape, step.apply, step.absolute, device)
            bounds[step] = bounds[step.inputs[0]] * operator_norm_of(one, norm, tolerance)
        _finite(bounds[step])
    return bounds[steps[-1]]


def _replay(steps: list[Linear], base: Node, value: Tensor, *, absolute: bool) -> Tensor:
    values: dict[Node, Tensor] = {base: value}
    last = value
    for step in steps:
        function = step.absolute if absolute else step.apply
        values[step] = last = function(*(values[above] for above in step.inputs))
    return last


def _linear_steps(node: Node, base: Node) -> list[Linear]:
    return [each for each in _steps(node, base) if isinstance(each, Linear)]


def _inputs(node: Node) -> tuple[Node, ...]:
    return node.inputs if isinstance(node, Linear | Nonlinear) else ()


def _steps(node: Node, stop: Node | None) -> list[Node]:
    """Return everything `node` is computed from, inputs first, itself last; without `stop` and what is before it."""
    order: dict[Node, None] = {}
    waiting: list[tuple[Node, bool]] = [(node, False)]
    while waiting:  # no recursion: critics may have hundreds of layers
        each, ready = waiting.pop()
        if ready:
            order[each] = None
        elif each not in order and each is not stop:
            waiting.append((each, True))
            waiting.extend((above, False) for above in _inputs(each))
    return list(order)
