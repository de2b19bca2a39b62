"""The paper's normalizers: of the batch, always by its own statistics, of one sample, and of the batch by class."""

from __future__ import annotations

from typing import Literal, TypeAlias

from torch import Tensor, nn

Normalization: TypeAlias = Literal["none", "layer", "batch"]
"""Names `normalizer` knows."""


def normalizer(name: Normalization, channels: int) -> list[nn.Module]:
    """Return the normalizer of images as a list, which is empty for ``"none"``.

    ``"layer"`` takes mean and variance over (C, H, W) of each sample and has one gain and offset a channel.
    ``"batch"`` takes them over (B, H, W), in evaluation too: the authors never keep running averages. Both add 1e-5
    to the variance.

    Example:
        >>> [type(layer).__name__ for layer in normalizer("layer", 8)]
        ['GroupNorm']
    """
    if name == "none":
        return []
    if name == "layer":
        return [nn.GroupNorm(1, channels)]
    return [nn.BatchNorm2d(channels, track_running_stats=False)]


class ConditionalBatchNorm2d(nn.Module):
    """Batch normalization whose gain and offset depend on the class of each sample.

    Source: Dumoulin et al. 2016, arXiv 1610.07629, section 2.2, by class in place of style; the paper's appendix F.
    """

    def __init__(self, channels: int, classes: int) -> None:
        """Start with gains of one and offsets of zero for every class."""
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False, track_running_stats=False)
        self.gain = nn.Embedding(classes, channels)
        self.offset = nn.Embedding(classes, channels)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.offset.weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Normalize (B, C, H, W) for labels (B,), whole numbers from 0 to classes - 1."""
        return self.norm(x) * self.gain(labels)[..., None, None] + self.offset(labels)[..., None, None]
