"""The Swiss roll in the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.samplers import SamplerSource

NOISE = 0.25
SCALE = 7.5


@dataclass(frozen=True, kw_only=True)
class SwissRoll(Dataset):
    """A noisy spiral, fresh at every draw.

    ``(t cos t, t sin t)`` with ``t = 1.5 pi (1 + 2u)``, u uniform in [0, 1), plus Gaussian noise of standard
    deviation 0.25, divided by 7.5: coordinates 0 and 2 of scikit-learn's ``make_swiss_roll(noise=0.25)``.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, figure 1, with the authors' published toy script.

    Example:
        >>> source = SwissRoll().open()
        >>> source.train(torch.Generator().manual_seed(0)).next(256).x.shape
        torch.Size([256, 2])
    """

    name = "swiss_roll"
    kind = "points"

    def open(self) -> Source:
        """Return the sampler."""
        return SamplerSource(draw_swiss_roll, (2,))


def draw_swiss_roll(n: int, generator: torch.Generator) -> Tensor:
    """Draw n points of the noisy, scaled spiral; shape (n, 2), float32."""
    t = 1.5 * math.pi * (1 + 2 * torch.rand(n, generator=generator))
    spiral = torch.stack([t * t.cos(), t * t.sin()], dim=1)
    return (spiral + NOISE * torch.randn(n, 2, generator=generator)) / SCALE
