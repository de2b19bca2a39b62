"""Eight Gaussians on a circle."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch

from lipschitz_trainers.data.base import Dataset, Modes, Source
from lipschitz_trainers.data.mixtures import draw_mixture
from lipschitz_trainers.data.samplers import SamplerSource

MODES = 8
RADIUS = 2.0
STD = 0.02
SCALE = 1.414
"""Everything is divided by this, so that each axis has standard deviation 1."""


@dataclass(frozen=True, kw_only=True)
class EightGaussians(Dataset):
    """Eight narrow Gaussians at multiples of 45 degrees on a circle, chosen uniformly; fresh at every draw.

    The circle has radius 2 and each Gaussian standard deviation 0.02, then everything is divided by 1.414.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, figure 1, with the authors' published toy script.

    Example:
        >>> source = EightGaussians().open()
        >>> source.train(torch.Generator().manual_seed(0)).next(256).x.shape
        torch.Size([256, 2])
    """

    name = "eight_gaussians"
    kind = "points"

    def open(self) -> Source:
        """Return the sampler."""
        angles = torch.arange(MODES) * (2 * math.pi / MODES)
        circle = torch.stack([angles.cos(), angles.sin()], dim=1)
        modes = Modes(circle * (RADIUS / SCALE), STD / SCALE)
        return SamplerSource(functools.partial(draw_mixture, modes), (2,), modes=modes)
