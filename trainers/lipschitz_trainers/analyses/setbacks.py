"""By how much something that should fall has risen again while a run trained."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def setback(values: Array) -> float:
    """Return the worst later value: the largest factor by which one exceeds an earlier one; NaN without any.

    Args:
        values: positive, in the order they were measured, shape (n,).

    Example:
        >>> setback(np.array([4.0, 1.0, 2.0, 0.5, 0.6])), setback(np.array([3.0, 2.0]))
        (2.0, 1.0)
    """
    return float((values / np.minimum.accumulate(values)).max()) if len(values) else math.nan


def came_back(values: Array, factor: float) -> bool:
    """Return whether values rose by more than a factor and later fell again by more than it.

    Args:
        values: positive, in the order they were measured, shape (n,).
        factor: at least 1.

    Example:
        >>> came_back(np.array([1.0, 3.0, 1.2]), 1.25), came_back(np.array([1.0, 3.0, 2.9]), 1.25)
        (True, False)
    """
    if not len(values):
        return False
    risen = values > factor * np.minimum.accumulate(values)
    lowest_after = np.minimum.accumulate(values[::-1])[::-1]
    return bool((risen & (values > factor * lowest_after)).any())
