"""What finding coupled samples needs: repeatable calls, other samples beside the same ones, comparisons."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.seeding import reseed
from lipschitz.trees import Tree

ROUNDS = 4
"""Random halves of the batch tried; each pair of samples is told apart in a round with probability 1/2."""

TOLERANCE = 1e-3
"""Relative change of a kept sample's value or gradient taken for coupling rather than rounding."""


@contextmanager
def as_found(critic: nn.Module, *devices: torch.device) -> Generator[None]:
    """Draw the same random numbers each time, and undo what happens to buffers (power iterations).

    Args:
        critic: about to be evaluated.
        devices: where numbers may be drawn, besides those of its parameters and buffers.
    """
    before = {name: buffer.clone() for name, buffer in critic.named_buffers()}
    reseed(1, {tensor.device for tensor in [*critic.parameters(), *critic.buffers()]} | set(devices))
    try:
        yield
    finally:
        with torch.no_grad():
            for name, buffer in critic.named_buffers():
                # A first call may fill buffers that were None; and writing where nothing changed would count as a
                # change for graphs that hold the buffer.
                if name in before and not torch.equal(buffer, before[name]):
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
    return bool((a - b).abs().max() > TOLERANCE * reference + 1e-12)


def kept_samples(size: int) -> list[Tensor]:
    """Return masks of samples to keep, shape (B,): the first one, then random halves and what they leave."""
    masks = [torch.arange(size) == 0]
    for _ in range(ROUNDS):
        half = torch.randperm(size) < size // 2
        masks += [half, ~half]
    return masks


def others_replaced(
    points: Tree, condition: tuple[Any, ...], kept: Tensor, *, noise: bool = True
) -> tuple[Tree, tuple[Any, ...]]:
    """Return points and conditions with the samples not kept replaced.

    Args:
        points: a batch, shape (B, ...), or a pytree.
        condition: per-sample entries, replaced by those of one sample.
        kept: shape (B,), which samples stay.
        noise: replace points by noise; otherwise by that same sample.
    """
    source = torch.where(kept, torch.arange(kept.shape[0]), torch.randint(kept.shape[0], (1,)))

    def noisy(leaf: Tensor) -> Tensor:
        mask = kept.to(leaf.device).reshape(-1, *[1] * (leaf.ndim - 1))
        return torch.where(mask, leaf, 3 * torch.randn_like(leaf) + 1)

    def picked(leaf: Tensor) -> Tensor:
        return leaf[source.to(leaf.device)]

    return trees.map_leaves(noisy if noise else picked, points), trees.map_leaves(picked, condition)
