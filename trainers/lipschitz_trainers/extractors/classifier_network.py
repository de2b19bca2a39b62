"""A small convolutional classifier of small images."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from lipschitz_trainers.extractors.pixels import resized

LARGEST = 32
"""Images with a longer side are brought down to this many pixels."""

WIDTHS = (32, 64, 128, 128)
"""Channels after each convolution; the last is the number of features."""


class ClassifierNetwork(nn.Module):
    """Four convolutions with batch normalization, an average over the image, and a linear layer.

    Args:
        shape: of an image, (channels, height, width).
        classes: how many.

    Example:
        >>> ClassifierNetwork((3, 32, 32), 10).eval()(torch.zeros(5, 3, 32, 32)).shape
        torch.Size([5, 10])
    """

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        """Build the layers; initial weights are torch's own."""
        super().__init__()
        channels, height, width = shape
        scale = min(1.0, LARGEST / max(height, width))
        self.size = max(1, round(height * scale)), max(1, round(width * scale))
        # Photographs: four pixels at a time, which saves three quarters of the work; tiny images need every pixel.
        coarse = min(self.size) >= LARGEST // 2
        first = nn.Conv2d(channels, WIDTHS[0], 4, 2, 1) if coarse else nn.Conv2d(channels, WIDTHS[0], 3, 1, 1)
        rest = [nn.Conv2d(i, o, 3, padding=1) for i, o in itertools.pairwise(WIDTHS)]
        self.convolutions = nn.ModuleList([first, *rest])
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.linear = nn.Linear(WIDTHS[-1], classes)

    def features(self, images: Tensor) -> Tensor:
        """Return the averages over the image of the last layer, shape (n, 128)."""
        x = resized(images, *self.size).contiguous(memory_format=torch.channels_last)
        last = len(self.convolutions) - 1
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = norm(convolution(x)).relu()
            if 0 < i < last and min(x.shape[2:]) >= 8:
                x = max_pool2d(x, 2)
        return x.mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, shape (n, classes), of images (n, *shape)."""
        return self.linear(self.features(images))
