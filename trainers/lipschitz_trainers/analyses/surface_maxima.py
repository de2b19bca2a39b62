"""Where a critic has local maxima in the plane, by the values it left on a grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Surface

PROMINENCE = 0.01
"""Share of a surface's range that a maximum must stand out by: a ridge seen on a grid has many lower ones."""


@dataclass(frozen=True)
class Maximum:
    """A place where a surface is higher than all around.

    Attributes:
        x: its column's place.
        y: its row's place.
        prominence: how far one must go down from it to reach a higher place; of the highest, down to the lowest value.
    """

    x: float
    y: float
    prominence: float

    def distance(self, x: float = 0.0, y: float = 0.0) -> float:
        """Return the Euclidean distance to a place."""
        return math.hypot(self.x - x, self.y - y)


def maxima(surface: Surface, least: float = PROMINENCE) -> list[Maximum]:
    """Return the local maxima of a surface, the most prominent first; those at the edge of the grid count too.

    Args:
        surface: values on a grid; where not finite they count as lowest.
        least: prominence from which one counts, as a share of the range of the values.

    Returns:
        None of a flat surface.

    Example:
        >>> x = np.linspace(-2, 2, 41)
        >>> two_cones = -np.minimum(np.abs(x + 1), np.abs(x - 1) + 0.5) - np.abs(x)[:, None]
        >>> [(round(one.x), round(one.y)) for one in maxima(Surface(x, x, two_cones))]
        [(-1, 0), (1, 0)]
    """
    values = surface.values.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite) or np.ptp(finite) == 0:
        return []
    lowest, span = float(finite.min()), float(np.ptp(finite))
    values = np.where(np.isfinite(values), values, lowest)
    width = len(surface.x)
    found = [
        Maximum(float(surface.x[place % width]), float(surface.y[place // width]), prominence)
        for place, prominence in _peaks(values, lowest)
        if prominence >= least * span
    ]
    return sorted(found, key=lambda one: -one.prominence)


def _peaks(values: NDArray[np.float64], lowest: float) -> Iterator[tuple[int, float]]:
    """Flood a grid from the top: yield each summit, by its index, and how far down its island joins a higher one's."""
    # With a border that is never flooded, every place has its neighbours at the same eight steps.
    width = values.shape[1] + 2
    height = np.pad(values, 1, constant_values=-np.inf).ravel().tolist()
    steps = [row * width + column for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column]
    parent: dict[int, int] = {}
    order = np.argsort(-np.asarray(height), kind="stable")[: values.size].tolist()
    for place in order:
        parent[place] = place
        for step in steps:
            if place + step not in parent:
                continue
            lower, higher = sorted(
                (_root(parent, place), _root(parent, place + step)), key=height.__getitem__
            )
            if lower != higher:
                if height[lower] > height[place]:
                    yield _unpadded(lower, width), height[lower] - height[place]
                parent[lower] = higher
    yield _unpadded(order[0], width), height[order[0]] - lowest


def _root(parent: dict[int, int], place: int) -> int:
    """Return the summit of the island that a place belongs to."""
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def _unpadded(place: int, width: int) -> int:
    row, column = divmod(place, width)
    return (row - 1) * (width - 2) + column - 1
