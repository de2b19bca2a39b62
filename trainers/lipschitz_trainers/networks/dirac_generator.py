"""The smallest generator there is: one point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn

from lipschitz.errors import FieldError
from lipschitz_trainers.networks.base import Network


class Point(nn.Module):
    """Returns its parameter for every z, and noise made of z around it."""

    def __init__(self, shape: tuple[int, ...], start: float, noise: float) -> None:
        """Start at a point whose coordinates are all equal."""
        super().__init__()
        self.theta = nn.Parameter(torch.full(shape, start))
        self.noise = noise

    def forward(self, z: Tensor) -> Tensor:
        """Map (B, latent) to (B, *shape)."""
        if self.noise == 0:
            return self.theta.expand(len(z), *self.theta.shape)
        around = z[:, : self.theta.numel()].reshape(-1, *self.theta.shape)
        return self.theta + self.noise * around


@dataclass(frozen=True, kw_only=True)
class DiracGenerator(Network):
    """A point theta that is moved, whatever z: the generator of the Dirac-GAN.

    Attributes:
        start: every coordinate of theta before training.
        noise: standard deviation of Gaussian noise around theta, the same as that of the data for instance noise; it
            takes as many latent variables as a sample has coordinates.

    References:
        Mescheder, Geiger, Nowozin: Which Training Methods for GANs do actually Converge?, 2018, arXiv 1801.04406,
        definition 2.1.
    """

    name = "dirac_generator"
    role = "generator"

    start: float = 1.0
    noise: Annotated[float, Ge(0)] = 0.0

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it; any shapes will do without noise."""
        if self.noise > 0 and math.prod(input_shape) < math.prod(output_shape):
            raise FieldError(
                f"dirac_generator makes noise for {math.prod(output_shape)} coordinates of as many latent variables, "
                f"got {math.prod(input_shape)}; raise generator.latent, or drop the noise."
            )
        return Point(output_shape, self.start, self.noise)
