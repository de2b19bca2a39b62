"""What locating a layer needs besides `lipschitz.probe`: copies, repeatable calls, other samples, comparisons."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import probe, trees
from lipschitz.seeding import reseed
from lipschitz.trees import Tree

ROUNDS = 4
"""Random halves of the batch that are replaced."""


@contextmanager
def as_found(critic: nn.Module) -> Generator[None]:
    """Draw the same random numbers each time, and undo what happens to buffers."""
    before = {name: buffer.clone() for name, buffer in critic.named_buffers()}
    reseed(1, {tensor.device for tensor in [*critic.parameters(), *critic.buffers()]})
    try:
        yield
    finally:
        with torch.no_grad():
            for name, buffer in critic.named_buffers():
                if name in before:  # a first call may fill buffers that were None
                    buffer.copy_(before[name])


def differ(a: Tensor, b: Tensor, scale: Tensor | None = None) -> bool:
    """Return whether tensors differ by more than rounding, relative to `scale`, by default the largest entry of `a`.

    Example:
        >>> differ(torch.ones(3), torch.tensor([1.0, 1.0, 1.00001])), differ(torch.ones(3), torch.zeros(3))
        (False, True)
    """
    if a.numel() == 0:
        return False
    reference = a.abs().max() if scale is None else scale
    return bool((a - b).abs().max() > probe.TOLERANCE * reference + 1e-12)


def kept_samples(size: int) -> list[Tensor]:
    """Return masks of samples to keep, shape (B,): the first one, then random halves and what they leave."""
    masks = [torch.arange(size) == 0]
    for _ in range(ROUNDS):
        half = torch.randperm(size) < size // 2
        masks += [half, ~half]
    return masks


def others_replaced(points: Tree, condition: tuple[Any, ...], kept: Tensor) -> tuple[Tree, tuple[Any, ...]]:
    """Return points with noise, and conditions with those of one sample, wherever `kept` is false."""
    source = torch.where(kept, torch.arange(kept.shape[0]), torch.randint(kept.shape[0], (1,)))

    def noisy(leaf: Tensor) -> Tensor:
        mask = kept.to(leaf.device).reshape(-1, *[1] * (leaf.ndim - 1))
        return torch.where(mask, leaf, 3 * torch.randn_like(leaf) + 1)

    def picked(leaf: Tensor) -> Tensor:
        return leaf[source.to(leaf.device)]

    return trees.map_leaves(noisy, points), trees.map_leaves(picked, condition)
