"""Slopes between pairs of points, as difference quotients of the scores."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.critic import Critic
from lipschitz.outputs import outputs_at
from lipschitz.trees import Tree
from lipschitz.undisturbed import autocast_dtype


def score_quotients(critic: Critic, a: Tree, b: Tree, *condition: Tensor, norm: float = 2) -> Tensor:
    """Return the slope of a critic between the points of each pair, ``|D(a) - D(b)| / |a - b|``, shape (B,).

    No slope of a Lipschitz function exceeds its constant, whichever the pairs are. Autocast is left for it: in half
    precision the difference of two scores is mostly rounding.

    Args:
        critic: maps ``(points, *condition)`` to one score a sample.
        a: floating-point tensor of shape (B, ...), or a pytree of such.
        b: same structure and shapes.
        *condition: per-sample entries passed to the critic after the points, for both points of a pair.
        norm: norm of the space of samples, from 1 to inf.

    Returns:
        Quotients, differentiable; 0 where both points are the same.

    Raises:
        CriticError: the critic does not return one score a sample.

    Example:
        >>> score_quotients(lambda x: 3 * x[:, 0], torch.zeros(2, 1), torch.tensor([[1.0], [-4.0]]))
        tensor([3., 3.])
    """
    device = trees.leaves(a)[0].device
    if autocast_dtype(device) is not None:
        with torch.autocast(device.type, enabled=False):
            return score_quotients(critic, *trees.map_leaves(_single, (a, b, *condition)), norm=norm)
    size = trees.batch_size(a, "points")
    inputs: Any = trees.map_leaves(_stacked, (a, *condition), (b, *condition))
    scores = outputs_at(critic, *inputs).scores
    distance = trees.sample_norms(trees.map_leaves(torch.sub, a, b), norm)
    rise = (scores[:size] - scores[size:]).abs()
    return rise / torch.where(distance > 0, distance, torch.inf)


def _single(leaf: Tensor) -> Tensor:
    return leaf.float() if leaf.is_floating_point() else leaf


def _stacked(x: Tensor, y: Tensor) -> Tensor:
    return torch.cat([x, y])
