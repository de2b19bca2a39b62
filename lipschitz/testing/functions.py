"""Functions whose Lipschitz constant with respect to the Euclidean norm is known to be at most 1.

Ground truth for penalties and bounds: a one-sided penalty is zero on every one of them. All map points of shape
(B, d) to values of shape (B,), may be called on one sample at a time, and compute in the dtype of the points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor

from lipschitz.errors import FieldError

linalg: Any = torch.linalg  # has no type annotations

Activation: TypeAlias = Literal["relu", "abs", "sort_pairs"]
"""1-Lipschitz activations; the last two keep the length of a gradient."""


@dataclass(frozen=True)
class OneLipschitz:
    """A function that satisfies |f(a) - f(b)| <= ||a - b||.

    Attributes:
        description: what it is, for messages.
        dimension: d, the number of axes of a point.
        function: maps points of shape (B, d) to values of shape (B,).
        slope: the norm of its gradient wherever that exists, where this is one number; else `None`.
    """

    description: str
    dimension: int
    function: Callable[[Tensor], Tensor]
    slope: float | None = 1.0

    def __call__(self, points: Tensor) -> Tensor:
        """Return the values at points of shape (B, d)."""
        return self.function(points)


def unit(vector: Tensor) -> Tensor:
    """Return the vector divided by its Euclidean norm; the first axis' direction if it has none.

    Example:
        >>> unit(torch.tensor([3.0, 4.0]))
        tensor([0.6000, 0.8000])
    """
    norm = float(linalg.vector_norm(vector))
    if norm > 0:
        return vector / norm
    return torch.eye(vector.numel(), dtype=vector.dtype)[0]


def unit_linear(direction: Tensor, offset: float = 0.0) -> OneLipschitz:
    """Return f(x) = <w, x> + b with w the unit vector along `direction`, shape (d,)."""
    w = unit(direction)
    return OneLipschitz("unit linear function", w.numel(), lambda x: x @ w.to(x) + offset)


def absolute_projection(direction: Tensor) -> OneLipschitz:
    """Return f(x) = |<w, x>| with w the unit vector along `direction`, shape (d,)."""
    w = unit(direction)
    return OneLipschitz("absolute projection", w.numel(), lambda x: (x @ w.to(x)).abs())


def euclidean_norm(dimension: int) -> OneLipschitz:
    """Return f(x) = ||x||."""
    return OneLipschitz("Euclidean norm", dimension, lambda x: linalg.vector_norm(x, dim=1))


def largest_coordinate(dimension: int) -> OneLipschitz:
    """Return f(x) = max_i x_i."""
    return OneLipschitz("largest coordinate", dimension, lambda x: x.max(dim=1).values)


def distance_to(centers: Tensor) -> OneLipschitz:
    """Return the distance to the nearest of some points, shape (n, d).

    Example:
        >>> distance_to(torch.tensor([[0.0, 0.0], [9.0, 0.0]]))(torch.tensor([[3.0, 4.0]]))
        tensor([5.])
    """
    return min_funnels(centers, torch.zeros(centers.shape[0], dtype=centers.dtype))


def min_funnels(centers: Tensor, heights: Tensor) -> OneLipschitz:
    r"""Return :math:`f(x) = \min_n (\|x - a_n\| + b_n)`.

    Source: Korotin, Kolesov, Burnaev 2022, Kantorovich Strikes Back!, arXiv 2206.07767, section 4: such functions
    are the known potentials of its W1 benchmark.

    Args:
        centers: a, shape (n, d).
        heights: b, shape (n,).
    """

    def value(x: Tensor) -> Tensor:
        # Not torch.cdist: its backward has no derivative.
        distances = linalg.vector_norm(x[:, None] - centers.to(x), dim=2)
        return (distances + heights.to(x)).min(dim=1).values

    return OneLipschitz(f"minimum of {centers.shape[0]} funnels", centers.shape[1], value)


def orthogonal_network(
    rotations: Tensor, direction: Tensor, activation: Activation = "sort_pairs"
) -> OneLipschitz:
    """Return a network of orthogonal layers: rotate, apply the activation, ..., project onto a unit vector.

    Source: Anil, Lucas, Grosse 2019, Sorting out Lipschitz function approximation, arXiv 1811.05381, section 4.

    Args:
        rotations: any square matrices, shape (layers, d, d); replaced by the orthogonal factors of their QR
            decompositions.
        direction: of the last layer, shape (d,).
        activation: with ``"relu"`` gradients may shrink, with the other two their norm is 1.

    Raises:
        FieldError: the activation is unknown.
    """
    if activation not in get_args(Activation):
        raise FieldError(f"activation must be one of {', '.join(get_args(Activation))}, got {activation!r}.")
    act = {"relu": torch.relu, "abs": torch.abs, "sort_pairs": sort_pairs}[activation]
    matrices: list[Tensor] = [linalg.qr(rotation)[0] for rotation in rotations]
    w = unit(direction)

    def value(x: Tensor) -> Tensor:
        for matrix in matrices:
            x = act(x @ matrix.to(x))
        return x @ w.to(x)

    slope = None if activation == "relu" else 1.0
    return OneLipschitz(f"orthogonal network with {activation}", w.numel(), value, slope)


def sort_pairs(x: Tensor) -> Tensor:
    """Sort neighboring coordinates in pairs (GroupSort 2, MaxMin), shape (..., d); an odd last one stays.

    Example:
        >>> sort_pairs(torch.tensor([[3.0, 1.0, 5.0]]))
        tensor([[1., 3., 5.]])
    """
    even = x.shape[-1] // 2 * 2
    pairs = x[..., :even].reshape(*x.shape[:-1], even // 2, 2)
    return torch.cat([pairs.sort(dim=-1).values.flatten(-2), x[..., even:]], dim=-1)
