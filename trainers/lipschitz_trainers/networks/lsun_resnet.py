"""The residual pair of the paper's 128x128 bedrooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from torch import nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import glorot_conv_
from lipschitz_trainers.networks.layers.heads import GlobalMean, Score, linear
from lipschitz_trainers.networks.layers.normalization import Normalization, normalizer
from lipschitz_trainers.networks.layers.residual import preactivation_block
from lipschitz_trainers.networks.layers.same_padding import same_conv2d
from lipschitz_trainers.networks.shapes import doubled_image, latent_size, require_scores

UP_GAIN = 0.5
"""Factor of the initial weights of convolutions of doubled images."""


@dataclass(frozen=True, kw_only=True)
class LSUNResNetGenerator(Network):
    """Residual blocks up to half the resolution, then a 5x5 convolution of the doubled image: 8,544,515 parameters.

    Attributes:
        width: channels at half the resolution of the output; twice as many at a quarter, and so on, but the smallest
            image has no more than the one after it.
        normalization: before each activation.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 4, and the first
        author's published 128x128 script; which of its revisions made the figure is not known.
    """

    name = "lsun_resnet_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 64
    normalization: Literal["none", "batch"] = "batch"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of a latent vector and of such images.
        """
        latent = latent_size(self.name, input_shape)
        channels, side, doublings = doubled_image(self.name, output_shape, least=16)
        normalize = partial(normalizer, self.normalization)
        widths = [self.width * 2**i for i in reversed(range(doublings - 1))]
        layers: list[nn.Module] = [linear(latent, widths[0] * 16), nn.Unflatten(1, (widths[0], 4, 4))]
        inputs = widths[0]
        for i, width in enumerate(widths):
            layers.append(
                preactivation_block(
                    inputs, width, 4 * 2**i, resample="up", normalize=normalize, up_gain=UP_GAIN
                )
            )
            inputs = width
        layers += [*normalize(inputs), nn.ReLU(), nn.Upsample(scale_factor=2, mode="nearest")]
        initialize = partial(glorot_conv_, gain=UP_GAIN)
        return nn.Sequential(
            *layers, same_conv2d(inputs, channels, 5, side, initialize=initialize), nn.Tanh()
        )


@dataclass(frozen=True, kw_only=True)
class LSUNResNetCritic(Network):
    """A strided convolution, residual blocks down to 8x8, and some more there: 47,757,697 parameters at 128x128.

    Attributes:
        width: channels at half the resolution of the input; twice as many at a quarter, and so on.
        normalization: before each activation.
        blocks: those at 8x8.

    References:
        As `LSUNResNetGenerator`.
    """

    name = "lsun_resnet_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 128
    normalization: Normalization = "layer"
    blocks: Annotated[int, Ge(0)] = 2

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of such images and of scores.
        """
        require_scores(self.name, output_shape)
        channels, side, _ = doubled_image(self.name, input_shape, least=16)
        normalize = partial(normalizer, self.normalization)
        layers: list[nn.Module] = [same_conv2d(channels, self.width, 5, side, stride=2)]
        width, side = self.width, side // 2
        while side > 8:
            layers.append(
                preactivation_block(
                    width, 2 * width, side, resample="down", normalize=normalize, strided=True
                )
            )
            width, side = 2 * width, side // 2
        layers += [preactivation_block(width, width, side, normalize=normalize) for _ in range(self.blocks)]
        return nn.Sequential(*layers, GlobalMean(), Score(width))
