"""The residual pair of the paper's CIFAR-10 scores, with or without labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz import CriticOutput, FieldError
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import glorot_conv_
from lipschitz_trainers.networks.layers.heads import ClassifyingScore, GlobalMean, Score, linear
from lipschitz_trainers.networks.layers.normalization import ConditionalBatchNorm2d, normalizer
from lipschitz_trainers.networks.layers.residual import LabelledSequential, ResidualBlock, preactivation_block
from lipschitz_trainers.networks.layers.same_padding import same_conv2d
from lipschitz_trainers.networks.shapes import doubled_image, latent_size, require_scores, square_image


class CifarResNetGeneratorModule(nn.Module):
    """Layers that are told the class, where there are classes."""

    def __init__(self, layers: LabelledSequential, classes: int | None) -> None:
        """Wrap finished layers."""
        super().__init__()
        self.layers = layers
        self.classes = classes

    def forward(self, z: Tensor, *condition: Tensor) -> Tensor:
        """Map (B, latent), and with classes labels (B,) of whole numbers, to images (B, C, H, H) in [-1, 1].

        Raises:
            FieldError: labels are missing, or there are some and no classes, or one is outside of these.
        """
        expected = 0 if self.classes is None else 1
        if len(condition) != expected:
            raise FieldError(
                f"cifar_resnet_generator with classes={self.classes} takes {expected} entries of condition, got "
                f"{len(condition)}; set classes to the number of classes of data with conditional: true, and to null "
                f"for other data."
            )
        try:
            return self.layers(z, *condition)
        except IndexError as error:
            raise FieldError(
                f"cifar_resnet_generator was built for labels from 0 to {(self.classes or 0) - 1}, got one outside; "
                f"set classes to the number of classes of the data."
            ) from error


class CifarResNetCriticModule(nn.Module):
    """Layers that see the image alone."""

    def __init__(self, layers: nn.Sequential) -> None:
        """Wrap finished layers."""
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor, *condition: Tensor) -> Tensor | CriticOutput:
        """Map images (B, C, H, H) to scores (B,), with classes beside logits; a condition changes nothing."""
        return self.layers(x)


@dataclass(frozen=True, kw_only=True)
class CifarResNetGenerator(Network):
    """Residual blocks of equal width, one for each doubling: 1,204,483 parameters at 32x32.

    Attributes:
        width: channels everywhere.
        classes: number of classes of the data; batch normalization then has gains and offsets for each (1,218,307
            parameters with ten). `None` for a generator without labels.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, table 3 and appendix F, and the
        authors' published code.

    Example:
        >>> import torch
        >>> generator = CifarResNetGenerator(width=4, classes=10).build((16,), (3, 32, 32))
        >>> generator(torch.randn(2, 16), torch.tensor([3, 7])).shape
        torch.Size([2, 3, 32, 32])
    """

    name = "cifar_resnet_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 128
    classes: Annotated[int, Ge(1)] | None = None

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a power of two.

        Raises:
            FieldError: the shapes are not those of a latent vector and of such images.
        """
        latent = latent_size(self.name, input_shape)
        channels, side, doublings = doubled_image(self.name, output_shape)
        width = self.width
        layers: list[nn.Module] = [linear(latent, width * 16), nn.Unflatten(1, (width, 4, 4))]
        layers += [
            preactivation_block(width, width, 4 * 2**i, resample="up", normalize=self._normalizer)
            for i in range(doublings)
        ]
        layers += [*normalizer("batch", width), nn.ReLU()]
        layers += [same_conv2d(width, channels, 3, side, initialize=glorot_conv_), nn.Tanh()]
        return CifarResNetGeneratorModule(LabelledSequential(*layers), self.classes)

    def _normalizer(self, channels: int) -> list[nn.Module]:
        if self.classes is None:
            return normalizer("batch", channels)
        return [ConditionalBatchNorm2d(channels, self.classes)]


@dataclass(frozen=True, kw_only=True)
class CifarResNetCritic(Network):
    """Two residual blocks that halve the image, and some that do not, without normalizers: 1,053,825 parameters.

    Attributes:
        width: channels everywhere.
        classes: number of classes; the critic then returns `CriticOutput` with logits of an auxiliary classifier
            (1,055,115 parameters with ten). `None` for scores alone.
        blocks: those that do not halve the image.

    References:
        As `CifarResNetGenerator`; the classifier by Odena, Olah, Shlens 2016, arXiv 1610.09585.
    """

    name = "cifar_resnet_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 128
    classes: Annotated[int, Ge(2)] | None = None
    blocks: Annotated[int, Ge(0)] = 2

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a multiple of 4.

        Raises:
            FieldError: the shapes are not those of such images and of scores.
        """
        require_scores(self.name, output_shape)
        channels, side = square_image(self.name, input_shape, least=8, divisor=4)
        width, plain = self.width, partial(normalizer, "none")
        layers: list[nn.Module] = [
            self._first(channels, side),
            preactivation_block(width, width, side // 2, resample="down", normalize=plain),
        ]
        layers += [preactivation_block(width, width, side // 4, normalize=plain) for _ in range(self.blocks)]
        head = Score(width) if self.classes is None else ClassifyingScore(width, self.classes)
        return CifarResNetCriticModule(nn.Sequential(*layers, nn.ReLU(), GlobalMean(), head))

    def _first(self, channels: int, side: int) -> ResidualBlock:
        """Return a block that halves the image and has no activation in front, where pixels come in."""
        branch = nn.Sequential(
            same_conv2d(channels, self.width, 3, side),
            nn.ReLU(),
            same_conv2d(self.width, self.width, 3, side),
            nn.AvgPool2d(2),
        )
        point = same_conv2d(channels, self.width, 1, side // 2, initialize=glorot_conv_)
        return ResidualBlock(branch, nn.Sequential(nn.AvgPool2d(2), point))
