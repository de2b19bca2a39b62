"""Twenty-five Gaussians on a grid, 100,000 points made once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Dataset, Modes, Samples, Source, Stream
from lipschitz_trainers.data.mixtures import draw_mixture
from lipschitz_trainers.data.samplers import SamplerSource

SPACING = 2.0
STD = 0.05
SCALE = 2.828
"""Everything is divided by this, so that each axis has standard deviation 1."""
POINTS_PER_MODE = 4_000


@dataclass(frozen=True, kw_only=True)
class TwentyFiveGaussians(Dataset):
    """A 5 x 5 grid of narrow Gaussians: 4,000 points each, made and shuffled once, then cycled in order.

    Grid points are 2 apart and each Gaussian has standard deviation 0.05, then everything is divided by
    2.828. The 100,000 training points are made when the stream is created, from one number drawn from its
    generator; held-out samples are fresh draws from the mixture.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, figure 1, with the authors' published toy script.

    Example:
        >>> source = TwentyFiveGaussians().open()
        >>> source.train(torch.Generator().manual_seed(0)).next(256).x.shape
        torch.Size([256, 2])
    """

    name = "twenty_five_gaussians"
    kind = "points"

    def open(self) -> Source:
        """Return the sampler."""
        axis = SPACING * torch.arange(-2, 3, dtype=torch.float32) / SCALE
        modes = Modes(torch.cartesian_prod(axis, axis), STD / SCALE)
        return SamplerSource(
            functools.partial(draw_mixture, modes),
            (2,),
            modes=modes,
            stream=functools.partial(CycledStream, modes),
        )


def make_points(modes: Modes, per_mode: int, seed: int) -> Tensor:
    """Return exactly `per_mode` points of each component, shuffled; shape (modes * per_mode, dimension)."""
    generator = torch.Generator().manual_seed(seed)
    centres = modes.centres.repeat_interleave(per_mode, dim=0)
    points = centres + modes.std * torch.randn(centres.shape, generator=generator)
    return points[torch.randperm(len(points), generator=generator)]


class CycledStream(Stream):
    """A fixed set of points returned in one order, over and over.

    The set is a function of a seed drawn from the generator at creation: the seed is saved, not the points.
    """

    def __init__(self, modes: Modes, generator: torch.Generator) -> None:
        self._modes = modes
        self._seed = int(torch.randint(2**62, (), generator=generator))
        self._points = make_points(modes, POINTS_PER_MODE, self._seed)
        self._cursor = 0

    def next(self, n: int) -> Samples:
        """Return the next n points, going on at the beginning after the last one."""
        total = len(self._points)
        indices = (self._cursor + torch.arange(n)) % total
        self._cursor = (self._cursor + n) % total
        return Samples(self._points[indices])

    def state_dict(self) -> dict[str, Any]:
        """Return the seed of the points and the index of the next one."""
        return {"seed": self._seed, "cursor": self._cursor}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Return to a saved position, making the saved set of points if it is another."""
        if state["seed"] != self._seed:
            self._seed = state["seed"]
            self._points = make_points(self._modes, POINTS_PER_MODE, self._seed)
        self._cursor = state["cursor"]
