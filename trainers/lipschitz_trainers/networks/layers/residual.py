"""Residual blocks: what passes by, plus what the layers add."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from torch import Tensor, nn

from lipschitz_trainers.networks.initialization import glorot_conv_, he_conv_
from lipschitz_trainers.networks.layers.normalization import ConditionalBatchNorm2d
from lipschitz_trainers.networks.layers.same_padding import same_conv2d

Resample: TypeAlias = Literal["up", "down"] | None
"""Whether a block doubles the side of its images, halves it, or leaves it."""


class ResidualBlock(nn.Module):
    """Returns shortcut(x) + scale * branch(x)."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None, scale: float = 1.0) -> None:
        """Join both; without a shortcut x itself is added."""
        super().__init__()
        self.branch = branch
        self.shortcut = nn.Identity() if shortcut is None else shortcut
        self.scale = scale

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        """Map (B, C, ...) to what both return; labels (B,) go to a branch that takes some."""
        added = self.branch(x, *labels)
        return self.shortcut(x) + (added if self.scale == 1 else self.scale * added)

    def extra_repr(self) -> str:
        """Return the scale."""
        return f"scale={self.scale}"


class LabelledSequential(nn.Sequential):
    """Layers one after the other, some of which are told the classes of the samples."""

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run them; labels (B,) go to conditional normalizers and to blocks."""
        for layer in self:
            told = isinstance(layer, ConditionalBatchNorm2d | ResidualBlock)
            x = layer(x, *labels) if told else layer(x)
        return x


def preactivation_block(
    inputs: int,
    outputs: int,
    side: int,
    *,
    resample: Resample = None,
    normalize: Callable[[int], list[nn.Module]],
    first_bias: bool = True,
    up_gain: float = 1.0,
    strided: bool = False,
) -> ResidualBlock:
    """Return a block of two 3x3 convolutions, with normalizer and ReLU before each.

    Up: the image is doubled before the first convolution. Down: it is halved by a mean after the second. The first
    convolution of an up block changes the number of channels, in others the second does. The shortcut is a 1x1
    convolution, where shapes differ. It commutes with doubling and with means, so it comes where the image is small.

    Args:
        inputs: channels of the input.
        outputs: channels of the output.
        side: of the input images.
        resample: ``"up"``, ``"down"`` or `None`.
        normalize: maps channels to the normalizer in a list, an empty one for none.
        first_bias: whether the first convolution has a bias.
        up_gain: factor of the initial weights of convolutions of doubled images.
        strided: whether an image is halved by stride 2 of the second convolution, not by a mean.
    """
    middle = outputs if resample == "up" else inputs
    gain = up_gain if resample == "up" else 1.0
    large = 2 * side if resample == "up" else side
    layers: list[nn.Module] = [*normalize(inputs), nn.ReLU()]
    if resample == "up":
        layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
    layers.append(
        same_conv2d(inputs, middle, 3, large, bias=first_bias, initialize=partial(he_conv_, gain=gain))
    )
    layers += [*normalize(middle), nn.ReLU()]
    halved_by_stride = resample == "down" and strided
    layers.append(same_conv2d(middle, outputs, 3, large, stride=2 if halved_by_stride else 1))
    if resample == "down" and not strided:
        layers.append(nn.AvgPool2d(2))
    return ResidualBlock(LabelledSequential(*layers), _shortcut(inputs, outputs, side, resample, gain))


def _shortcut(inputs: int, outputs: int, side: int, resample: Resample, gain: float) -> nn.Module | None:
    if resample is None and inputs == outputs:
        return None
    point = same_conv2d(inputs, outputs, 1, side, initialize=partial(glorot_conv_, gain=gain))
    if resample == "up":
        return nn.Sequential(point, nn.Upsample(scale_factor=2, mode="nearest"))
    return nn.Sequential(nn.AvgPool2d(2), point) if resample == "down" else point
