"""Derivatives against difference quotients, in float64: what autograd claims, and what the values say."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from lipschitz.diagnosis.subject import Subject, differentiable_kernels
from lipschitz.diagnosis.tracing import Call, calls, innermost
from lipschitz.probing import as_found
from lipschitz.trees import linalg

STEPS = {1: 1e-6, 2: 1e-9}
"""Step of central differences for first and second derivatives.

Scores of a rectifier network have kinks, which matter little; its slopes have jumps there, which must not lie within
the step: a network with a million rectifiers has one about every 1e-6.
"""

TOLERANCE = 1e-3
"""Relative difference taken for a mistake rather than for curvature."""


def mostly_wrong(claimed: Tensor, measured: Tensor, values: Tensor, order: int = 1) -> bool:
    """Return whether most derivatives differ from their difference quotients, which kinks spoil for a few only.

    Args:
        claimed: derivatives, shape (n,).
        measured: difference quotients, shape (n,).
        values: of the function, shape (n,), for its rounding.
        order: of the derivatives, 1 or 2.

    Example:
        >>> mostly_wrong(torch.tensor([2.0, 4.0, 6.0]), torch.tensor([2.0, 4.0, 9.0]), torch.ones(3))
        False
    """
    scale = torch.maximum(claimed.abs(), measured.abs())
    rounding = 1e-14 * (values.abs() + 1) / STEPS[order]
    wrong = (claimed - measured).abs() > TOLERANCE * scale + rounding
    return bool(wrong.double().mean() > 0.5)


def central_difference(at: Callable[[float], Tensor], order: int = 1) -> Tensor:
    """Return the derivative at 0 of a function of one number, with the step for derivatives of an order.

    Example:
        >>> round(float(central_difference(lambda t: torch.tensor(3 * t, dtype=torch.float64))), 6)
        3.0
    """
    step = STEPS[order]
    return (at(step) - at(-step)) / (2 * step)


def moved(
    leaves: list[Tensor], directions: list[Tensor], value: Callable[[], Tensor]
) -> Callable[[float], Tensor]:
    """Return `value` as a function of how far the leaves it depends on are moved; they are put back each time."""

    def at(size: float) -> Tensor:
        before = [leaf.detach().clone() for leaf in leaves]
        with torch.no_grad():
            for leaf, direction in zip(leaves, directions, strict=True):
                leaf += size * direction
        result = value().detach()
        with torch.no_grad():
            for leaf, values in zip(leaves, before, strict=True):
                leaf.copy_(values)
        return result

    return at


def telling_directions(slopes: list[Tensor]) -> list[Tensor]:
    """Return directions along the slopes, where most is to be seen, plus random ones, which reach what they omit."""
    return [_unit(slope) + _unit(torch.randn_like(slope)) for slope in slopes]


def first_wrong(exact: Subject, order: int) -> str:
    """Return the innermost first layer whose derivative of an order, 1 or 2, is wrong when it is called alone.

    Args:
        exact: in float64.
        order: 1 for the gradient of its output, 2 for the gradient of that.
    """
    for call in innermost(calls(exact.critic, exact.call)):
        try:
            with as_found(exact.critic), differentiable_kernels():
                if all(_wrong_alone(call, order) for _ in range(2)):
                    return call.path
        except Exception:  # cannot be called alone
            continue
    return ""


def _wrong_alone(call: Call, order: int) -> bool:
    again, watched = call.alone()
    leaves = [*watched, *(parameter for parameter in call.layer.parameters() if parameter.requires_grad)]

    def value() -> Tensor:
        total = _weighted([output for output in again() if output.requires_grad])
        if order == 1:
            return total
        return _weighted(_gradients(total, leaves, graph=True))

    now = value()
    slopes = _gradients(now, leaves)
    directions = telling_directions(slopes)
    claimed = torch.stack([(s * d).sum() for s, d in zip(slopes, directions, strict=True)]).sum()
    measured = central_difference(moved(leaves, directions, value), order)
    return mostly_wrong(claimed[None], measured[None], now.detach()[None], order)


def _gradients(total: Tensor, leaves: list[Tensor], *, graph: bool = False) -> list[Tensor]:
    if not total.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    return list(torch.autograd.grad(total, leaves, create_graph=graph, materialize_grads=True))


def _weighted(terms: list[Tensor]) -> Tensor:
    """Return the sum of all entries with random weights, which depend on nothing but their places."""
    sums: list[Tensor] = []
    for i, term in enumerate(terms):
        drawn = torch.randn(term.shape, generator=torch.Generator().manual_seed(i), dtype=term.dtype)
        sums.append((term * drawn.to(term.device)).sum())
    return torch.stack(sums).sum()


def _unit(tensor: Tensor) -> Tensor:
    rows = tensor.reshape(tensor.shape[0], -1) if tensor.ndim else tensor.reshape(1, 1)
    lengths: Tensor = linalg.vector_norm(rows, dim=1, keepdim=True)
    return (rows / lengths.clamp(min=1e-300)).reshape(tensor.shape)
