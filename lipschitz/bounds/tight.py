"""A tighter certified bound than the product, for critics of a few plain layers."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.bounds.chains import chain_to
from lipschitz.bounds.evaluation import rounded_steps
from lipschitz.bounds.multipliers import semidefinite_bound
from lipschitz.bounds.norms import require_norm
from lipschitz.bounds.patterns import MOST_UNITS, largest_pattern, sum_over_paths
from lipschitz.bounds.product import allowance, bound_of, traced_scores
from lipschitz.critic import Critic
from lipschitz.errors import BatchError, FieldError
from lipschitz.trees import Tree


def tight_bound(
    critic: Critic, example: Tree, *condition: Tensor, norm: float = 2, steps: int = 100
) -> float:
    """Return a certified upper bound of a critic's Lipschitz constant, never above `lipschitz.product_bound`.

    For critics that alternate linear layers and activations of each entry: perceptrons with ReLU, leaky ReLU, tanh, ...
    and small convolutional critics without residual branches, normalizers or max pooling. The smallest of

    * the product of the layers' norms,
    * the sum over all paths of absolute weights,
    * with up to 16 hidden units, the largest gradient over all activation patterns, which is the constant itself
      where that pattern occurs; with more, a semidefinite certificate (`lipschitz.bounds.semidefinite`).

    Args:
        critic: as for `lipschitz.product_bound`; left as it is.
        example: as there.
        *condition: as there, for one sample.
        norm: norm of the INPUT space, 2, 1 or inf.
        steps: gradient steps towards a better certificate; every certificate holds. 100 steps take about a second for
            two hidden layers of 256 units, half a minute for three of 512.

    Returns:
        The bound; without failure probability, and with rounding accounted for.

    Raises:
        BoundError: the critic has other steps than these, or hidden layers of more than 2048 units.
        BatchError: conditions are given for several samples.
        FieldError: the norm is none of the three, or `steps` is no whole number from 0; otherwise as
            `lipschitz.product_bound`.

    Example:
        >>> from torch import nn
        >>> critic = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
        >>> _ = critic[0].weight.data.copy_(torch.eye(2))
        >>> _ = critic[2].weight.data.copy_(torch.tensor([[3.0, -4.0]]))
        >>> round(tight_bound(critic, torch.zeros(1, 2)), 5)
        5.0
    """
    require_norm(norm)
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:  # pyright: ignore
        raise FieldError(f"steps must be a whole number, 0 or more, got {steps!r}.")
    scores = traced_scores(critic, example, condition)
    if scores is None:
        return 0.0
    if scores.numel() != 1:
        raise BatchError(f"tight_bound takes the condition of one sample, got those of {scores.numel()}.")
    product = bound_of(scores, norm, tolerance=1e-3)
    if product == 0:
        return 0.0
    with torch.autocast(scores.device.type, enabled=False), torch.inference_mode(False):
        chain = chain_to(scores.node(), scores.device)
        bounds = [sum_over_paths(chain, norm)]
        if sum(len(matrix) for matrix in chain.matrices[:-1]) <= MOST_UNITS:
            bounds.append(largest_pattern(chain, norm))
        elif all(bool(matrix.any()) for matrix in chain.matrices):
            bounds.append(semidefinite_bound(chain, norm, steps))
    return min(product, allowance(scores.dtype, rounded_steps(scores.node())) * min(bounds))
