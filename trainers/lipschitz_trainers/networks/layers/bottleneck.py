"""The residual block of the paper's 101-layer networks."""

from __future__ import annotations

from torch import nn

from lipschitz_trainers.networks.initialization import glorot_conv_
from lipschitz_trainers.networks.layers.normalization import Normalization, normalizer
from lipschitz_trainers.networks.layers.residual import Resample, ResidualBlock
from lipschitz_trainers.networks.layers.same_padding import same_conv2d, same_transposed_conv2d

BRANCH_SCALE = 0.3
"""Factor of the branch, which keeps the sum of many blocks small at the start."""


def bottleneck_block(
    inputs: int, outputs: int, side: int, normalization: Normalization, resample: Resample = None
) -> ResidualBlock:
    """Return shortcut + 0.3 branch, where the branch is three convolutions: 1x1, 3x3, 1x1.

    Each is after a ReLU; the last has no bias, and the normalizer comes behind it. The middle one changes the side,
    by stride 2 or transposed. The shortcut of a doubling is a sub-pixel convolution: 1x1 to four times the channels,
    which then become the 2x2 pixels (Shi et al. 2016, arXiv 1609.05158).

    Args:
        inputs: channels of the input, even.
        outputs: channels of the output, even.
        side: of the input images.
        normalization: of the branch.
        resample: ``"up"``, ``"down"`` or `None`.
    """
    half, small = inputs // 2, outputs // 2
    if resample == "up":
        middle = same_transposed_conv2d(half, small, 3, side)
    else:
        middle = same_conv2d(half, small, 3, side, stride=2 if resample == "down" else 1)
    branch = nn.Sequential(
        nn.ReLU(),
        same_conv2d(inputs, half, 1, side),
        nn.ReLU(),
        middle,
        nn.ReLU(),
        same_conv2d(small, outputs, 1, side, bias=False),
        *normalizer(normalization, outputs),
    )
    return ResidualBlock(branch, _shortcut(inputs, outputs, side, resample), BRANCH_SCALE)


def _shortcut(inputs: int, outputs: int, side: int, resample: Resample) -> nn.Module | None:
    if resample == "up":
        return nn.Sequential(
            same_conv2d(inputs, 4 * outputs, 1, side, initialize=glorot_conv_), nn.PixelShuffle(2)
        )
    if resample == "down":
        return same_conv2d(inputs, outputs, 1, side, stride=2, initialize=glorot_conv_)
    return None if inputs == outputs else same_conv2d(inputs, outputs, 1, side, initialize=glorot_conv_)
