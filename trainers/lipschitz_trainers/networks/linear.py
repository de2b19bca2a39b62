"""The smallest critic there is: a linear function."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.mlp import MLPModule


@dataclass(frozen=True, kw_only=True)
class Linear(Network):
    """A linear function without bias: the critic of the Dirac-GAN.

    An affine function is `MLP` of depth 0.

    Attributes:
        slope: every weight before training.

    References:
        Mescheder, Geiger, Nowozin: Which Training Methods for GANs do actually Converge?, 2018, arXiv 1801.04406,
        definition 2.1.
    """

    name = "linear"

    slope: float = 1.0

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it; any shapes will do."""
        layer = nn.Linear(math.prod(input_shape), math.prod(output_shape), bias=False)
        nn.init.constant_(layer.weight, self.slope)
        return MLPModule(nn.Sequential(layer), output_shape)
