"""The residual pair for good samples at 64x64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from torch import nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import glorot_conv_
from lipschitz_trainers.networks.layers.heads import Score, linear
from lipschitz_trainers.networks.layers.normalization import Normalization, normalizer
from lipschitz_trainers.networks.layers.residual import preactivation_block
from lipschitz_trainers.networks.layers.same_padding import same_conv2d
from lipschitz_trainers.networks.shapes import doubled_image, latent_size, require_scores


@dataclass(frozen=True, kw_only=True)
class ResNet64Generator(Network):
    """One residual block for each doubling, with half the channels each time: 8,540,483 parameters at 64x64.

    Attributes:
        width: channels at the resolution of the output; the first block keeps what the latent vector becomes.
        normalization: before each activation.

    References:
        The authors' published code for 64x64 images (recommended there over the grid of architectures of Gulrajani
        et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028).
    """

    name = "resnet64_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 64
    normalization: Literal["none", "batch"] = "batch"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of a latent vector and of such images.
        """
        latent = latent_size(self.name, input_shape)
        channels, side, doublings = doubled_image(self.name, output_shape)
        normalize = partial(normalizer, self.normalization)
        widths = [self.width * 2**i for i in reversed(range(doublings))]
        layers: list[nn.Module] = [linear(latent, widths[0] * 16), nn.Unflatten(1, (widths[0], 4, 4))]
        inputs = widths[0]
        for i, width in enumerate(widths):
            layers.append(
                preactivation_block(
                    inputs, width, 4 * 2**i, resample="up", normalize=normalize, first_bias=False
                )
            )
            inputs = width
        last = same_conv2d(inputs, channels, 3, side)
        return nn.Sequential(*layers, *normalize(inputs), nn.ReLU(), last, nn.Tanh())


@dataclass(frozen=True, kw_only=True)
class ResNet64Critic(Network):
    """One residual block for each halving, with twice the channels but in the last: 7,491,841 parameters at 64x64.

    Attributes:
        width: channels at the resolution of the input.
        normalization: before each activation.

    References:
        As `ResNet64Generator`.
    """

    name = "resnet64_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 64
    normalization: Normalization = "layer"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of such images and of scores.
        """
        require_scores(self.name, output_shape)
        channels, side, halvings = doubled_image(self.name, input_shape)
        normalize = partial(normalizer, self.normalization)
        layers: list[nn.Module] = [same_conv2d(channels, self.width, 3, side, initialize=glorot_conv_)]
        inputs = self.width
        for i in range(halvings):
            width = self.width * 2 ** min(i + 1, halvings - 1)
            layers.append(
                preactivation_block(
                    inputs, width, side, resample="down", normalize=normalize, first_bias=False
                )
            )
            inputs, side = width, side // 2
        return nn.Sequential(*layers, Score(inputs * side**2))
