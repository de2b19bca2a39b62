"""Draws from mixtures of equal round Gaussians."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Modes


def draw_mixture(modes: Modes, n: int, generator: torch.Generator) -> Tensor:
    """Draw n samples, each from a component chosen uniformly; shape (n, dimension), float32.

    Args:
        modes: centres and standard deviation.
        n: how many.
        generator: a CPU generator.

    Example:
        >>> two = Modes(torch.tensor([[-1.0], [1.0]]), std=0.0)
        >>> draw_mixture(two, 1000, torch.Generator().manual_seed(0)).unique()
        tensor([-1.,  1.])
    """
    count, dimension = modes.centres.shape
    component = torch.randint(count, (n,), generator=generator)
    noise = torch.randn(n, dimension, generator=generator)
    return modes.centres[component] + modes.std * noise
