"""A round Gaussian, or a point."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, MinLen

from lipschitz_trainers.data.base import Dataset, Modes, Source
from lipschitz_trainers.data.mixtures import draw_mixture
from lipschitz_trainers.data.samplers import SamplerSource


@dataclass(frozen=True, kw_only=True)
class Gaussian(Dataset):
    """One round Gaussian; of standard deviation 0, the same point at every draw.

    Attributes:
        mean: one entry for each coordinate.
        std: of every coordinate.

    Example:
        >>> Gaussian(mean=(3.0, 1.0), std=0).open().train(torch.Generator()).next(2).x
        tensor([[3., 1.],
                [3., 1.]])
    """

    name = "gaussian"
    kind = "points"

    mean: Annotated[tuple[float, ...], MinLen(1)] = (0.0,)
    std: Annotated[float, Ge(0)] = 1.0

    def open(self) -> Source:
        """Return the sampler."""
        draw = functools.partial(draw_mixture, Modes(torch.tensor([self.mean]), self.std))
        return SamplerSource(draw, (len(self.mean),))
