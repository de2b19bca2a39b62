"""Where fake samples come from: a generator that is trained, or one that is fixed (critic-only training)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lipschitz_trainers.data.base import Samples, Source, Stream
from lipschitz_trainers.training.optimization import Optimization


@dataclass(frozen=True)
class TrainedGenerator:
    """A network that learns to fool the critic.

    Attributes:
        module: maps ``(z, *condition)`` to samples.
        latent: dimension of z ~ N(0, I).
        optimization: its optimizer.
        batch_size: samples of a generator step; `None` takes the critic's.
        ema: decay of the moving average used for evaluation; `None` for none.
    """

    module: nn.Module
    latent: int
    optimization: Optimization
    batch_size: int | None = None
    ema: float | None = None


@dataclass(frozen=True)
class DataPlusNoise:
    """A fixed generator: the real samples of the step plus N(0, std^2 I).

    Source: Gulrajani et al. 2017, arXiv 1704.00028, section 3 (figure 1a).

    Attributes:
        std: standard deviation of the noise, in the data's units.
    """

    std: float = 1.0

    def supply(self, noise: torch.Generator, draws: torch.Generator) -> FakeSupply:
        """Return the supply for one run.

        Args:
            noise: generator of the noise, on any device.
            draws: not used: no sample is drawn.
        """

        def draw(real: Samples, offset: int, total: int) -> Tensor:
            shape = (total, *real.x.shape[1:])
            drawn = torch.randn(shape, generator=noise, device=noise.device, dtype=real.x.dtype)
            return real.x + self.std * drawn[offset : offset + len(real.x)].to(real.x.device)

        return FakeSupply(draw)


@dataclass(frozen=True)
class AnotherDataset:
    """A fixed generator: samples of a second, known distribution.

    Attributes:
        source: the opened dataset; its samples must have the shape of the real ones.
    """

    source: Source

    def supply(self, noise: torch.Generator, draws: torch.Generator) -> FakeSupply:
        """Return the supply for one run.

        Args:
            noise: not used: nothing is added to the samples.
            draws: generator of the samples, on the CPU.
        """
        stream = self.source.train(draws)

        def draw(real: Samples, offset: int, total: int) -> Tensor:
            return stream.next(total).x[offset : offset + len(real.x)].to(real.x)

        return FakeSupply(draw, stream)


@dataclass(frozen=True)
class FakeSupply:
    """Fake samples of a fixed generator.

    Attributes:
        draw: returns as many fake samples as there are real ones, given the offset of those in the step's
            global batch and the size of that: every process draws for all and keeps its part.
        stream: what has a position to be saved, if anything.
    """

    draw: Callable[[Samples, int, int], Tensor]
    stream: Stream | None = None
