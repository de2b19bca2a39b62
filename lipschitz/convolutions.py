"""Convolutions as linear operators between images, with their transposes."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd as AnyTransposed  # pyright: ignore[reportPrivateUsage]

_gradients: Any = importlib.import_module("torch.nn.grad")


@dataclass(frozen=True)
class Convolution:
    """What a convolution does to one input of a given shape, apart from its bias: a linear map, for any kernel.

    Stride, dilation, groups and every kind of padding count; transposed convolutions are convolutions, too.

    Attributes:
        shape: of one input, without the batch axis: (in, *sizes).
        transposed: whether the layer is a transposed convolution.
        stride: in each direction.
        dilation: in each direction.
        groups: of channels.
        padding: of a transposed convolution, in each direction.
        output_padding: of a transposed convolution, in each direction.
        padded: of a convolution: entries added before and after, last direction first.
        padding_mode: with what.

    Example:
        >>> layer = nn.Conv2d(1, 1, 3, bias=False)
        >>> x = torch.randn(1, 1, 8, 8)
        >>> torch.equal(convolution_of(layer, (1, 8, 8)).apply(x, layer.weight), layer(x))
        True
    """

    shape: tuple[int, ...]
    transposed: bool
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    padded: tuple[int, ...]
    padding_mode: str

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        """Return the image of x, shape (B, *shape)."""
        if self.transposed:
            up = self._of(F, "conv_transpose{}d")
            return up(
                x,
                kernel,
                stride=self.stride,
                padding=self.padding,
                output_padding=self.output_padding,
                groups=self.groups,
                dilation=self.dilation,
            )
        down = self._of(F, "conv{}d")
        return down(self._pad(x), kernel, stride=self.stride, dilation=self.dilation, groups=self.groups)

    def transpose(self, y: Tensor, kernel: Tensor) -> Tensor:
        """Return the image of y under the transposed map, shape (B, *shape): <y, apply(x)> = <transpose(y), x>."""
        if self.transposed:
            down = self._of(F, "conv{}d")
            found = down(
                y,
                kernel,
                stride=self.stride,
                padding=self.padding,
                dilation=self.dilation,
                groups=self.groups,
            )
            # An output padding larger than the stride leaves room for more.
            return found[(..., *(slice(size) for size in self.shape[1:]))]
        sizes = [size + sum(self._added(i)) for i, size in enumerate(self.shape[1:])]
        up = self._of(_gradients, "conv{}d_input")
        padded = up(
            (y.shape[0], self.shape[0], *sizes),
            kernel,
            y,
            stride=self.stride,
            dilation=self.dilation,
            groups=self.groups,
        )
        return self._unpad(padded)

    def _of(self, module: Any, name: str) -> Callable[..., Tensor]:
        return getattr(module, name.format(len(self.stride)))

    def _added(self, direction: int) -> tuple[int, int]:
        """Return what is added before and after in a direction, counted from the first."""
        at = 2 * (len(self.stride) - 1 - direction)
        return self.padded[at], self.padded[at + 1]

    def _pad(self, x: Tensor) -> Tensor:
        if not any(self.padded):
            return x
        return F.pad(x, self.padded, "constant" if self.padding_mode == "zeros" else self.padding_mode)

    def _unpad(self, padded: Tensor) -> Tensor:
        if not any(self.padded):
            return padded
        if self.padding_mode == "zeros":
            return F.pad(padded, [-added for added in self.padded])
        # Every entry of the padded image is a copy of some entry of the image, found by padding the positions.
        count = math.prod(self.shape[1:])
        positions = torch.arange(count, dtype=torch.float64, device=padded.device).reshape(
            1, 1, *self.shape[1:]
        )
        source = self._pad(positions).long().flatten()
        flat = padded.flatten(2)
        found = flat.new_zeros(*flat.shape[:2], count).index_add(2, source, flat)
        return found.reshape(*found.shape[:2], *self.shape[1:])


def convolution_of(layer: nn.Module, shape: tuple[int, ...]) -> Convolution:
    """Return what a convolution layer does to inputs of a shape.

    Args:
        layer: `nn.Conv1d`, `nn.ConvTranspose2d`, ...
        shape: of one input, without the batch axis.
    """
    it: Any = layer
    transposed = isinstance(layer, AnyTransposed)
    return Convolution(
        shape=shape,
        transposed=transposed,
        stride=it.stride,
        dilation=it.dilation,
        groups=it.groups,
        padding=it.padding if transposed else (),
        output_padding=it.output_padding,
        padded=() if transposed else tuple(it._reversed_padding_repeated_twice),
        padding_mode=it.padding_mode,
    )
