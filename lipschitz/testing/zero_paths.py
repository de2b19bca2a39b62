"""A self-test of the double backward: does a penalty carry zeros back through the forward pass?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from lipschitz.gradients import gradient_norms
from lipschitz.gradients.choice import Engine
from lipschitz.penalties import two_sided
from lipschitz.trees import Tree


def zero_paths(critic: nn.Module, points: Tree, *condition: Tensor, engine: Engine = "auto") -> list[str]:
    """Return the parameters to which a penalty's backward pass carries nothing but zeros.

    Slopes do not depend on a bias before a piecewise linear operation, so its gradient should be missing. Where it is
    a tensor of zeros, something has pushed a materialised zero through every layer behind, which is about a third of
    the work of the penalty. (Zeros for other reasons count too: a critic without slope, layers without effect.)

    Args:
        critic: differentiated as `lipschitz.gradient_norms` does; left as it is.
        points: a batch, shape (B, ...), or a pytree.
        *condition: per-sample entries.
        engine: as for `lipschitz.gradient_norms`.

    Returns:
        Names of parameters, in the critic's order; empty where no work is lost.

    Example:
        >>> from lipschitz.zero_free import plain_double_backward
        >>> critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
        >>> zero_paths(critic, torch.randn(4, 2))
        []
        >>> with plain_double_backward():
        ...     zero_paths(critic, torch.randn(4, 2))
        ['0.bias']
    """
    named = [(name, p) for name, p in critic.named_parameters() if p.requires_grad]
    value = two_sided(gradient_norms(critic, points, *condition, engine=engine)).sum()
    found: Any = torch.autograd.grad(value, [parameter for _, parameter in named], allow_unused=True)
    return [
        name
        for (name, _), gradient in zip(named, found, strict=True)
        if gradient is not None and not gradient.any()
    ]
