"""Convolutions padded as the authors' code pads them ("SAME"), and their transposes.

A convolution of stride s on n entries gives ceil(n / s) of them. The zeros it needs are put on both sides alike, and
one more after than before where their number is odd: 5 taps at stride 2 get one zero before and two after on an even
size, two and two on an odd one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor, nn

from lipschitz_trainers.networks.initialization import Convolution, he_conv_


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return how many zeros come before and after `size` entries.

    Example:
        >>> same_padding(64, 5, 2), same_padding(7, 5, 2), same_padding(64, 3, 2), same_padding(64, 3, 1)
        ((1, 2), (2, 2), (0, 1), (1, 1))
    """
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def same_conv2d(
    inputs: int,
    outputs: int,
    kernel: int,
    side: int,
    *,
    stride: int = 1,
    bias: bool = True,
    initialize: Callable[[Convolution], None] = he_conv_,
) -> nn.Module:
    """Return a convolution of square images, padded to sides of ceil(side / stride).

    Args:
        inputs: channels of the input.
        outputs: channels of the output.
        kernel: taps in each direction.
        side: of the input images; the padding depends on it.
        stride: in each direction.
        bias: whether each output channel has one.
        initialize: draws the weights.

    Example:
        >>> same_conv2d(3, 8, 5, side=64, stride=2)
        Sequential(
          (0): ZeroPad2d((1, 2, 1, 2))
          (1): Conv2d(3, 8, kernel_size=(5, 5), stride=(2, 2))
        )
    """
    before, after = same_padding(side, kernel, stride)
    alike = before == after
    layer = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=before if alike else 0, bias=bias)
    initialize(layer)
    return layer if alike else nn.Sequential(nn.ZeroPad2d((before, after, before, after)), layer)


def same_transposed_conv2d(inputs: int, outputs: int, kernel: int, side: int) -> nn.Module:
    """Return the transpose of the padded convolution of stride 2: it doubles the side of square images exactly.

    Args:
        inputs: channels of the input.
        outputs: channels of the output.
        kernel: taps in each direction, 2 or more.
        side: of the input images.

    Example:
        >>> import torch
        >>> same_transposed_conv2d(8, 3, 5, side=4)(torch.ones(1, 8, 4, 4)).shape
        torch.Size([1, 3, 8, 8])
    """
    before, after = same_padding(2 * side, kernel, 2)
    layer = nn.ConvTranspose2d(inputs, outputs, kernel, stride=2, padding=before)
    he_conv_(layer)
    return layer if before == after else nn.Sequential(layer, Crop(2 * side))


class Crop(nn.Module):
    """Keeps the first rows and columns."""

    def __init__(self, side: int) -> None:
        """Set how many are kept."""
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C, side, side)."""
        return x[..., : self.side, : self.side]

    def extra_repr(self) -> str:
        """Return the side."""
        return f"side={self.side}"
