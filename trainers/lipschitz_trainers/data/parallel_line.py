"""A segment in the plane that is moved sideways: the first example of the Wasserstein GAN paper."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.samplers import SamplerSource


@dataclass(frozen=True, kw_only=True)
class ParallelLine(Dataset):
    """Points (theta, Z) with Z uniform on [0, 1], fresh at every draw.

    Two of them share no point unless theta is the same, however close they are: the Wasserstein-1 distance sees how
    close, other divergences do not (`lipschitz_trainers.truth.parallel_lines`).

    Attributes:
        theta: the first coordinate of every point.

    References:
        Arjovsky, Chintala, Bottou: Wasserstein GAN, 2017, arXiv 1701.07875, example 1.

    Example:
        >>> ParallelLine(theta=0.5).open().train(torch.Generator().manual_seed(0)).next(3).x[:, 0]
        tensor([0.5000, 0.5000, 0.5000])
    """

    name = "parallel_line"
    kind = "points"

    theta: float = 0.0

    def open(self) -> Source:
        """Return the sampler."""
        return SamplerSource(functools.partial(draw_line, self.theta), (2,))


def draw_line(theta: float, n: int, generator: torch.Generator) -> Tensor:
    """Draw n points, shape (n, 2), float32."""
    heights = torch.rand(n, generator=generator)
    return torch.stack([torch.full_like(heights, theta), heights], dim=1)
