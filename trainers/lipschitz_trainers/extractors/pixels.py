"""Images as networks trained elsewhere want them: three colours, one size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def in_colour(images: Tensor) -> Tensor:
    """Return images with three channels, shape (n, 3, height, width); grey ones three times the same.

    Example:
        >>> in_colour(torch.zeros(2, 1, 4, 4)).shape
        torch.Size([2, 3, 4, 4])
    """
    return images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images


def resized(images: Tensor, height: int, width: int) -> Tensor:
    """Return images of one size, shape (n, channels, height, width), by bilinear interpolation.

    Where an image shrinks it is smoothed first (Parmar, Zhang and Zhu 2022, arXiv 2104.11222, section 3).
    """
    if images.shape[2:] == (height, width):
        return images
    return interpolate(images, (height, width), mode="bilinear", align_corners=False, antialias=True)


def levels(images: Tensor) -> Tensor:
    """Return values in [-1, 1] as levels in [0, 255], not rounded; what lies outside is cut off.

    Example:
        >>> levels(torch.tensor([-1.0, 0.0, 1.0, 3.0]))
        tensor([  0.0000, 127.5000, 255.0000, 255.0000])
    """
    return (images.clamp(-1, 1) + 1) * 127.5


def rounded_levels(images: Tensor) -> Tensor:
    """Return values in [-1, 1] as the bytes an image file would hold, uint8 in [0, 255].

    Example:
        >>> rounded_levels(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([  0, 128, 255], dtype=torch.uint8)
    """
    return levels(images).round().to(torch.uint8)
