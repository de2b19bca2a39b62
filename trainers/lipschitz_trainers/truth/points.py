"""Points handed to a truth: in double precision, and of its dimension."""

from __future__ import annotations

from typing import Any, get_args

import torch
from torch import Tensor

from lipschitz.errors import BatchError, FieldError
from lipschitz_trainers.arguments import whole_number
from lipschitz_trainers.truth.sides import SideName


def as_points(points: Tensor, dimension: int) -> Tensor:
    """Return points as float64 on the CPU, where truths compute; gradients pass through.

    Args:
        points: shape (n, dimension), of any floating dtype.
        dimension: of the space.

    Raises:
        BatchError: they are no tensor, have another shape, or no floating dtype.

    Example:
        >>> as_points(torch.zeros(3, 2), 2).dtype
        torch.float64
    """
    given: Any = points
    if not isinstance(given, Tensor):
        raise BatchError(
            f"points must be a tensor of shape (n, {dimension}), got {type(given).__name__}; convert them with "
            f"torch.as_tensor."
        )
    if points.ndim != 2 or points.shape[1] != dimension:
        raise BatchError(
            f"points must have shape (n, {dimension}), got {tuple(points.shape)}; the truth has dimension {dimension}."
        )
    if not points.is_floating_point():
        raise BatchError(
            f"points must have a floating dtype, got {points.dtype}; convert them with .double()."
        )
    return points.to(device="cpu", dtype=torch.float64)


def require_in_cube(points: Tensor, half_width: float) -> None:
    """Refuse points outside the cube [-half_width, half_width]^dimension, and such that are not finite.

    Raises:
        BatchError: says how many there are, and which is the first.

    Example:
        >>> require_in_cube(torch.tensor([[2.0, -2.5]]), 2.5)
    """
    outside = ~(points.abs() <= half_width).all(dim=1)  # NaN is not inside either
    if not outside.any():
        return
    first = int(outside.nonzero()[0])
    raise BatchError(
        f"points must lie in the cube [-{half_width}, {half_width}]^{points.shape[1]}, where Q is, got "
        f"{int(outside.sum())} of {len(points)} outside, the first at index {first}: it has the coordinate "
        f"{float(points[first][points[first].abs().argmax()])}. No transport is defined there; leave them out."
    )


def require_number(n: Any) -> int:
    """Return how many points to draw.

    Raises:
        FieldError: it is no whole number, or negative.

    Example:
        >>> require_number(5)
        5
    """
    return whole_number("n, the number of points to draw,", n, 0)


def require_side(side: Any) -> SideName:
    """Return the name of a side of a pair.

    Raises:
        FieldError: it is none.

    Example:
        >>> require_side("p")
        'p'
    """
    if side not in get_args(SideName):
        raise FieldError(f"side must be 'p' or 'q', got {side!r}.")
    return side
