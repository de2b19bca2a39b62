"""The critic's output at points of a penalty, for terms that need scores or features rather than gradients."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _NormBase as Normalizer  # pyright: ignore[reportPrivateUsage]

from lipschitz import trees
from lipschitz.critic import Critic, CriticOutput, has_layer, named_layers, output_of, unwrapped
from lipschitz.trees import Tree


def outputs_at(critic: Critic, points: Tree, *condition: Tensor) -> CriticOutput:
    """Return what a critic says about points, with scores of shape (B,); running statistics do not notice.

    Args:
        critic: maps ``(points, *condition)`` to scores or a `CriticOutput`; called outside of the wrappers of
            `torch.compile` and data-parallel training.
        points: floating-point tensor of shape (B, ...), or a pytree of such.
        *condition: per-sample entries passed to the critic after the points.

    Raises:
        CriticError: the critic does not return one score a sample.

    Example:
        >>> import torch
        >>> outputs_at(lambda x: 3 * x, torch.ones(2, 1)).scores
        tensor([3., 3.])
    """
    inside: Any = unwrapped(critic)
    size = trees.batch_size(points, "points")
    statistics = _statistics(inside)
    if statistics:
        return output_of(functional_call(inside, statistics, (points, *condition)), size)
    return output_of(inside(points, *condition), size)


def _statistics(critic: Critic) -> dict[str, Tensor]:
    """Return copies of the running statistics that a call of the critic would update in place."""
    if not isinstance(critic, nn.Module) or not has_layer(critic, Normalizer):
        return {}
    return {
        f"{path}.{name}".lstrip("."): buffer.detach().clone()
        for path, layer in named_layers(critic)
        if isinstance(layer, Normalizer) and layer.training
        for name, buffer in layer.named_buffers(recurse=False)
    }
