"""The initialisations of the authors' code (igul222/improved_wgan_training): uniform, biases zero.

A uniform distribution of standard deviation s covers [-s sqrt(3), s sqrt(3)].
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

Initialization: TypeAlias = Literal["paper", "torch"]
"""``"paper"``: the functions below; ``"torch"``: each layer's own default."""


@torch.no_grad()
def uniform_(weight: Tensor, std: float) -> None:
    """Fill a weight from the uniform distribution with mean 0 and the given standard deviation."""
    bound = std * math.sqrt(3.0)
    weight.uniform_(-bound, bound)


def he_linear_(layer: nn.Linear) -> None:
    """Standard deviation sqrt(2 / fan_in): hidden layers of the MLPs."""
    uniform_(layer.weight, math.sqrt(2.0 / layer.in_features))
    nn.init.zeros_(layer.bias)


def glorot_linear_(layer: nn.Linear) -> None:
    """Standard deviation sqrt(2 / (fan_in + fan_out)): output layers, and linear layers beside convolutions."""
    uniform_(layer.weight, math.sqrt(2.0 / (layer.in_features + layer.out_features)))
    nn.init.zeros_(layer.bias)


def he_conv_(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Standard deviation sqrt(4 / (fan_in + fan_out)) for convolutions.

    fan_in = in k^2 and fan_out = out k^2 / stride^2; for transposed convolutions fan_in = in k^2 / stride^2 and
    fan_out = out k^2.
    """
    taps = layer.kernel_size[0] * layer.kernel_size[1]
    thinned = taps / (layer.stride[0] * layer.stride[1])
    transposed = isinstance(layer, nn.ConvTranspose2d)
    fan_in = layer.in_channels * (thinned if transposed else taps)
    fan_out = layer.out_channels * (taps if transposed else thinned)
    uniform_(layer.weight, math.sqrt(4.0 / (fan_in + fan_out)))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
