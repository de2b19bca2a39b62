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

Convolution: TypeAlias = nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d


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


def he_conv_(layer: Convolution, gain: float = 1.0) -> None:
    """Standard deviation gain sqrt(4 / (fan_in + fan_out)) for convolutions; see `fans`."""
    _conv_(layer, gain * 2.0)


def glorot_conv_(layer: Convolution, gain: float = 1.0) -> None:
    """Standard deviation gain sqrt(2 / (fan_in + fan_out)): shortcuts, and some first and last convolutions."""
    _conv_(layer, gain * math.sqrt(2.0))


def fans(layer: Convolution) -> tuple[float, float]:
    """Return fan_in and fan_out of a convolution as the authors count them.

    fan_in = in k^2 and fan_out = out k^2 / stride^2; for transposed convolutions fan_in = in k^2 / stride^2 and
    fan_out = out k^2. In one dimension without the squares.

    Example:
        >>> fans(nn.Conv2d(3, 64, 5, stride=2))
        (75, 400.0)
    """
    taps = math.prod(layer.kernel_size)
    thinned = taps / math.prod(layer.stride)
    transposed = isinstance(layer, nn.ConvTranspose2d)
    fan_in = layer.in_channels * (thinned if transposed else taps)
    return fan_in, layer.out_channels * (taps if transposed else thinned)


def all_weights_(network: nn.Module, std: float) -> None:
    """Redraw the weights of all linear layers and convolutions, uniform with this standard deviation: DCGAN's 0.02."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
            uniform_(layer.weight, std)


def _conv_(layer: Convolution, numerator: float) -> None:
    uniform_(layer.weight, numerator / math.sqrt(sum(fans(layer))))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
