"""Bounds of chains from what gradients they can have at all: every activation pattern, or absolute values."""

from __future__ import annotations

import torch

from lipschitz.bounds.chains import Chain
from lipschitz.bounds.linear_map import norm_of_matrix
from lipschitz.gradients import DUAL_ORDER
from lipschitz.trees import linalg

MOST_UNITS = 16
"""Hidden units up to which all patterns are enumerated."""


def largest_pattern(chain: Chain, norm: float) -> float:
    """Return the largest dual norm of a gradient over all patterns of smallest and largest slopes.

    The score's gradient W_n D_n ... D_1 W_0 is affine in each entry of the diagonal matrices D_i, and its norm convex,
    so no slopes between give a larger norm. It is the constant itself where the worst pattern is taken somewhere, as
    with one hidden layer whose units are linearly independent.

    Example:
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> round(largest_pattern(Chain([2 * one, 3 * one], [(0.0, 1.0)]), 2), 6)
        6.0
    """
    rows = chain.matrices[-1]
    for matrix, (low, high) in zip(reversed(chain.matrices[:-1]), reversed(chain.slopes), strict=True):
        units = matrix.shape[0]
        bits = torch.arange(2**units, device=matrix.device).unsqueeze(1) >> torch.arange(
            units, device=matrix.device
        )
        patterns = low + (high - low) * (bits % 2).to(torch.float64)
        rows = (rows.unsqueeze(1) * patterns).flatten(0, 1) @ matrix
    steepest = linalg.vector_norm(rows, ord=DUAL_ORDER[norm], dim=1).argmax()
    return norm_of_matrix(rows[steepest].unsqueeze(0), norm)


def sum_over_paths(chain: Chain, norm: float) -> float:
    """Return the dual norm of |W_n| s_n ... s_1 |W_0| with the largest slopes s_i, which no gradient exceeds.

    Example:
        >>> two = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
        >>> round(sum_over_paths(Chain([two.T, two], [(0.0, 1.0)]), 2), 6)
        2.0
    """
    row = chain.matrices[-1].abs()
    for matrix, (low, high) in zip(reversed(chain.matrices[:-1]), reversed(chain.slopes), strict=True):
        row = row * max(abs(low), abs(high)) @ matrix.abs()
    return norm_of_matrix(row, norm)
