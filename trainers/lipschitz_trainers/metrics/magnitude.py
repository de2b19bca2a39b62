"""How large numbers are, so that squares of very small and very large ones can be avoided."""

from __future__ import annotations

import math

from torch import Tensor


def unit_of(values: Tensor) -> float:
    """Return the power of two at or below the largest absolute value; 1 where all values are 0.

    Dividing by it is exact, and leaves numbers whose squares neither vanish nor overflow.

    Args:
        values: finite numbers in float64, of any shape but an empty one.

    Example:
        >>> import torch
        >>> unit_of(torch.tensor([-5.0, 1.0])), unit_of(torch.zeros(2))
        (4.0, 1.0)
    """
    largest = float(values.abs().max())
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0 else 1.0
