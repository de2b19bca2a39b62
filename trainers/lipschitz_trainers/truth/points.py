"""Points handed to a truth: in double precision, and of its dimension."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.errors import BatchError


def as_points(points: Tensor, dimension: int) -> Tensor:
    """Return points as float64 on the CPU, where truths compute; gradients pass through.

    Args:
        points: shape (n, dimension), of any floating dtype.
        dimension: of the space.

    Raises:
        BatchError: they have another shape, or no floating dtype.

    Example:
        >>> as_points(torch.zeros(3, 2), 2).dtype
        torch.float64
    """
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
