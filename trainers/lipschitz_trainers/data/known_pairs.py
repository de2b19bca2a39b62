"""Datasets that are one side of a pair of distributions with a known distance."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.samplers import SamplerSource
from lipschitz_trainers.truth import Side, SideName, Truth


@dataclass(frozen=True, kw_only=True)
class KnownPair(Dataset):
    """One of two distributions P and Q whose optimal plan is known; every draw is fresh.

    A critic is trained between both by giving one side as the data and the other as a fixed generator::

        dataset: {name: min_funnels, dimension: 16, funnels: 64}
        generator: {fixed: other_side}

    The draws are independent of each other; the metrics `cosine`, `l2` and `true_w1` then compare the critic with
    the truth.

    Attributes:
        side: which of the two distributions this is.
    """

    kind = "points"
    side: SideName = "p"

    def truth(self) -> Truth:
        """Return what is known of the pair; the same for both sides."""
        raise NotImplementedError(f"{type(self).__name__} must define truth().")

    def other_side(self) -> KnownPair:
        """Return the other distribution of the pair."""
        return replace(self, side="q" if self.side == "p" else "p")

    def open(self) -> Source:
        """Return the sampler."""
        return SideSource(Side(self.truth(), self.side))


class SideSource(SamplerSource):
    """Fresh draws of one side of a known pair, as float32 points.

    Args:
        side: which pair, and which side of it.
    """

    def __init__(self, side: Side) -> None:
        super().__init__(functools.partial(draw_side, side), (side.truth.dimension,))
        self.side = side


def draw_side(side: Side, n: int, generator: torch.Generator) -> Tensor:
    """Draw n independent points of one side, shape (n, dimension), float32."""
    return side.truth.sample(side.name, n, generator).float()
