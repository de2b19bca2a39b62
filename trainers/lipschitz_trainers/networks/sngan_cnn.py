"""The standard CNN of spectrally normalized GANs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from torch import nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.layers.heads import Score
from lipschitz_trainers.networks.layers.normalization import Normalization, normalizer
from lipschitz_trainers.networks.shapes import latent_size, require_scores, square_image

WEIGHT_STD = 0.02
"""Standard deviation of the initial weights, which are Gaussian."""


@dataclass(frozen=True, kw_only=True)
class SNGANGenerator(Network):
    """The generator beside SN-GAN's standard CNN: 4x4 transposed convolutions at stride 2 after a linear layer.

    Attributes:
        width: channels at the resolution of the output; eight times as many at the start.
        normalization: before each activation; that of the linear layer goes unit by unit.

    References:
        Miyato et al.: Spectral Normalization for GANs, 2018, arXiv 1802.05957, table 3; normalizer and activation after
        the linear layer, and the initial weights, as in the library of GANs that its authors' company published.
    """

    name = "sngan_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 64
    normalization: Literal["none", "batch"] = "batch"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a multiple of 8.

        Raises:
            FieldError: the shapes are not those of a latent vector and of such images.
        """
        latent = latent_size(self.name, input_shape)
        channels, side = square_image(self.name, output_shape, least=8, divisor=8)
        start, width = side // 8, 8 * self.width
        units = width * start**2
        layers: list[nn.Module] = [nn.Linear(latent, units)]
        if self.normalization == "batch":
            layers.append(nn.BatchNorm1d(units, track_running_stats=False))
        layers += [nn.ReLU(), nn.Unflatten(1, (width, start, start))]
        for _ in range(3):
            layers.append(nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1))
            width //= 2
            layers += [*normalizer(self.normalization, width), nn.ReLU()]
        network = nn.Sequential(*layers, nn.Conv2d(width, channels, 3, padding=1), nn.Tanh())
        _initialize(network)
        return network


@dataclass(frozen=True, kw_only=True)
class SNGANCritic(Network):
    """SN-GAN's standard CNN: convolutions 3x3, and 4x4 at stride 2, in turn, with leaky ReLUs of slope 0.1.

    Attributes:
        width: channels of the first convolution; eight times as many of the last.
        normalization: before each activation but the first, for comparison with constraints.

    References:
        Miyato et al.: Spectral Normalization for GANs, 2018, arXiv 1802.05957, table 3.
    """

    name = "sngan_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 64
    normalization: Normalization = "none"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images whose side is a multiple of 8.

        Raises:
            FieldError: the shapes are not those of such images and of scores.
        """
        require_scores(self.name, output_shape)
        channels, side = square_image(self.name, input_shape, least=8, divisor=8)
        width = self.width
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.LeakyReLU(0.1)]
        for _ in range(3):
            layers += self._step(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1))
            width *= 2
            layers += self._step(nn.Conv2d(width, width, 3, padding=1))
        network = nn.Sequential(*layers, Score(width * (side // 8) ** 2))
        _initialize(network)
        return network

    def _step(self, layer: nn.Conv2d) -> list[nn.Module]:
        return [layer, *normalizer(self.normalization, layer.out_channels), nn.LeakyReLU(0.1)]


def _initialize(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=WEIGHT_STD)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
