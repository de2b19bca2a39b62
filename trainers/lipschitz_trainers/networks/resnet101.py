"""The 101-layer residual pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from torch import nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import glorot_conv_
from lipschitz_trainers.networks.layers.bottleneck import bottleneck_block
from lipschitz_trainers.networks.layers.heads import Scale, Score, linear
from lipschitz_trainers.networks.layers.normalization import Normalization
from lipschitz_trainers.networks.layers.same_padding import same_conv2d
from lipschitz_trainers.networks.shapes import doubled_image, latent_size, require_scores


@dataclass(frozen=True, kw_only=True)
class ResNet101Generator(Network):
    """A generator of 33 bottleneck blocks, 101 layers deep at 64x64: 9,189,587 parameters.

    Attributes:
        width: channels at half the resolution of the output, a multiple of 4; half of it at the full one.
        blocks: those at each resolution, one less at the full one, beside the one that doubles.
        normalization: at the end of each block's branch.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 2, row 7, and the
        authors' published code.
    """

    name = "resnet101_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(4)] = 64
    blocks: Annotated[int, Ge(1)] = 6
    normalization: Literal["none", "batch"] = "batch"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of a latent vector and of such images.
        """
        latent = latent_size(self.name, input_shape)
        channels, _, doublings = doubled_image(self.name, output_shape)
        width, side = self.width // 2 * 2**doublings, 4
        layers: list[nn.Module] = [linear(latent, width * 16), nn.Unflatten(1, (width, 4, 4))]
        for _ in range(doublings):
            layers += [bottleneck_block(width, width, side, self.normalization) for _ in range(self.blocks)]
            layers.append(bottleneck_block(width, width // 2, side, self.normalization, "up"))
            width, side = width // 2, 2 * side
        layers += [bottleneck_block(width, width, side, self.normalization) for _ in range(self.blocks - 1)]
        last = same_conv2d(width, channels, 1, side, initialize=glorot_conv_)
        return nn.Sequential(*layers, last, Scale(0.2), nn.Tanh())


@dataclass(frozen=True, kw_only=True)
class ResNet101Critic(Network):
    """The mirror image of `ResNet101Generator`: 7,618,801 parameters at 64x64.

    Attributes:
        width: channels at half the resolution of the input, a multiple of 4; half of it at the full one.
        blocks: those at each resolution, one less at the full one, beside the one that halves.
        normalization: at the end of each block's branch.

    References:
        As `ResNet101Generator`.
    """

    name = "resnet101_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(4)] = 64
    blocks: Annotated[int, Ge(1)] = 6
    normalization: Normalization = "layer"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of such images and of scores.
        """
        require_scores(self.name, output_shape)
        channels, side, halvings = doubled_image(self.name, input_shape)
        width = self.width // 2
        layers: list[nn.Module] = [same_conv2d(channels, width, 1, side, initialize=glorot_conv_)]
        layers += [bottleneck_block(width, width, side, self.normalization) for _ in range(self.blocks - 1)]
        for _ in range(halvings):
            layers.append(bottleneck_block(width, 2 * width, side, self.normalization, "down"))
            width, side = 2 * width, side // 2
            layers += [bottleneck_block(width, width, side, self.normalization) for _ in range(self.blocks)]
        return nn.Sequential(*layers, Score(width * side**2), Scale(0.2))
