"""How the bytes of images become the numbers that networks see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

Flips: TypeAlias = Literal["none", "batch", "sample"]
"""Random mirroring: of no image, of whole batches, or of each image for itself."""

LEVELS = 256


@dataclass(frozen=True)
class Preparation:
    """The range, dequantisation and mirroring of images.

    Attributes:
        dequantise: add uniform noise that fills the step between two levels: ``2 (p / 256 - 1/2) + U[0, 1/128)``,
            in [-1, 1]. Without it a level p becomes ``p / 127.5 - 1``.
        flips: mirror left and right with probability 1/2: ``"none"``, ``"batch"`` (one decision for all images of
            a batch) or ``"sample"`` (one for each).

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, with the authors' published
        scripts: dequantised for the CIFAR-10 residual networks, batches mirrored for 128 x 128 images.

    Example:
        >>> pixels = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 1, 1, 2)
        >>> Preparation()(pixels, torch.Generator(), train=True).flatten()
        tensor([-1.,  1.])
    """

    dequantise: bool = False
    flips: Flips = "none"

    def __call__(self, pixels: Tensor, generator: torch.Generator, *, train: bool) -> Tensor:
        """Return images as float32 in [-1, 1].

        Args:
            pixels: uint8, shape (n, channels, height, width).
            generator: where noise and flips are drawn from; nothing is drawn that is not needed.
            train: whether they are trained on; held-out images are never mirrored.
        """
        x = pixels.to(torch.float32)
        if self.dequantise:
            noise = torch.rand(x.shape, generator=generator)
            x = (x + noise) * (2 / LEVELS) - 1
        else:
            x = x / 127.5 - 1
        if not train or self.flips == "none":
            return x
        if self.flips == "batch":
            return x.flip(-1) if torch.rand((), generator=generator) < 0.5 else x
        mirrored = torch.rand(len(x), generator=generator) < 0.5
        return torch.where(mirrored[:, None, None, None], x.flip(-1), x)
