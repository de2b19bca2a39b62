"""Sources that draw every sample afresh from a known distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Modes, Samples, Source, Stream

Draw: TypeAlias = Callable[[int, torch.Generator], Tensor]
"""Draws n samples, shape (n, *shape), float32, with a CPU generator and nothing else."""


class FreshStream(Stream):
    """Independent draws; the generator's state is its whole position."""

    def __init__(self, draw: Draw, generator: torch.Generator) -> None:
        self._draw = draw
        self._generator = generator

    def next(self, n: int) -> Samples:
        """Return n fresh samples."""
        return Samples(self._draw(n, self._generator))


class SamplerSource(Source):
    """A distribution that can be sampled at will, so training and held-out samples are all fresh draws.

    Args:
        draw: draws n samples with a generator.
        shape: shape of one sample.
        kind: ``"points"`` or ``"images"``.
        modes: the components, where the distribution is a Gaussian mixture.
        stream: makes the training stream of a generator; by default every batch is fresh.

    Example:
        >>> uniform = SamplerSource(lambda n, generator: torch.rand(n, 1, generator=generator), (1,))
        >>> uniform.train(torch.Generator().manual_seed(0)).next(5).x.shape
        torch.Size([5, 1])
    """

    def __init__(
        self,
        draw: Draw,
        shape: tuple[int, ...],
        *,
        kind: Literal["points", "images"] = "points",
        modes: Modes | None = None,
        stream: Callable[[torch.Generator], Stream] | None = None,
    ) -> None:
        self.shape = shape
        self.kind = kind
        self.modes = modes
        self._draw = draw
        self._stream = stream

    def train(self, generator: torch.Generator) -> Stream:
        """Return a stream of training samples drawn with `generator`."""
        return FreshStream(self._draw, generator) if self._stream is None else self._stream(generator)

    def held_out(self, n: int, generator: torch.Generator) -> Samples:
        """Return n fresh samples."""
        return Samples(self._draw(n, generator))
