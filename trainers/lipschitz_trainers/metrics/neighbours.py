"""Balls around features that reach to the k-th nearest neighbour: an estimate of where a distribution lives."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.errors import DataError

ROWS = 1024
"""Distances from this many points are in memory at a time."""


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Return Euclidean distances between all rows, shape (n, m), float64."""
    # By products of matrices: in float64 what cancels is below 1e-7 of the length of a row, and it takes a tenth of the
    # time.
    return torch.cdist(a.double(), b.double(), compute_mode="use_mm_for_euclid_dist")


def radii(points: Tensor, k: int) -> Tensor:
    """Return the distance of each point to its k-th nearest other one, shape (n,), float64.

    Args:
        points: shape (n, d).
        k: from 1 to n - 1.

    Raises:
        DataError: there are too few points.

    Example:
        >>> radii(torch.tensor([[0.0], [1.0], [3.0]]), 1)
        tensor([1., 1., 2.], dtype=torch.float64)
    """
    if len(points) <= k:
        raise DataError(
            f"the {k}-th nearest neighbour needs more than {k} samples, got {len(points)}; evaluate on more samples."
        )
    found = [distances(part, points).kthvalue(k + 1, dim=1).values for part in points.split(ROWS)]
    return torch.cat(found)


def too_few_for(k: int, samples: int) -> str | None:
    """Return why this many samples have no k-th nearest neighbour, as `Metric.objection`; None if they have.

    Example:
        >>> too_few_for(5, 6) is None, too_few_for(5, 5) is None
        (True, False)
    """
    if samples > k:
        return None
    return (
        f"needs more than {k} samples for its {k} nearest neighbours, got {samples}; evaluate on more "
        f"(evaluation.samples), or ask for fewer neighbours"
    )


def balls_around(points: Tensor, centres: Tensor, radius: Tensor) -> Tensor:
    """Return in how many balls each point lies, shape (n,), int64; the surface belongs to a ball.

    Args:
        points: shape (n, d).
        centres: shape (m, d).
        radius: shape (m,).

    Example:
        >>> balls_around(torch.tensor([[0.5], [9.0]]), torch.tensor([[0.0], [1.0]]), torch.tensor([1.0, 0.5]))
        tensor([2, 0])
    """
    return torch.cat([(distances(part, centres) <= radius).sum(dim=1) for part in points.split(ROWS)])
