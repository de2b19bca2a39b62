"""DCGAN: a linear layer and transposed convolutions, against convolutions and a linear layer, all 5x5 at stride 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from annotated_types import Ge, Gt
from torch import nn

from lipschitz_trainers.networks.activations import activation
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.conv import halvings
from lipschitz_trainers.networks.initialization import all_weights_
from lipschitz_trainers.networks.layers.gating import Gate
from lipschitz_trainers.networks.layers.heads import Score, StretchedSigmoid, linear
from lipschitz_trainers.networks.layers.normalization import Normalization, normalizer
from lipschitz_trainers.networks.layers.same_padding import Crop, same_conv2d, same_transposed_conv2d
from lipschitz_trainers.networks.shapes import latent_size, require_scores, square_image

Nonlinearity: TypeAlias = Literal["relu", "leaky_relu", "smooth_elu", "tanh", "gated"]
"""Hidden activations; with ``"gated"`` a layer has twice the channels, half of which gate the others."""


@dataclass(frozen=True, kw_only=True)
class DCGANGenerator(Network):
    """The generator of DCGAN for images of any side from 8 on: 5,364,739 parameters at 64x64 and the default width.

    A latent vector becomes a small image that is doubled until it fits, cropped where sides on the way are odd.

    Attributes:
        width: channels at half the resolution of the output; twice as many at a quarter, and so on.
        normalization: before each hidden activation.
        activation: after each hidden layer.
        constant_filters: whether all hidden images have ``width`` channels.
        output: activation of the output: tanh, or a sigmoid stretched from [0, 1] to [-1, 1], the range of images here.
        weight_std: standard deviation of all initial weights, which are uniform; `None` for the authors' rule by the
            size of the layer (He for convolutions, Glorot for linear layers).

    References:
        Radford, Metz, Chintala: Unsupervised Representation Learning with DCGANs, 2015, arXiv 1511.06434, as in
        Gulrajani et al. 2017, arXiv 1704.00028, section 5.2 and appendix E, and the authors' published code.

    Example:
        >>> generator = DCGANGenerator(width=4).build((16,), (3, 32, 32))
        >>> import torch
        >>> generator(torch.randn(2, 16)).shape
        torch.Size([2, 3, 32, 32])
    """

    name = "dcgan_generator"
    role: ClassVar[str] = "generator"

    by_unit: ClassVar[bool] = False
    """Whether the linear layer's output is normalized unit by unit, not channel by channel."""

    width: Annotated[int, Ge(1)] = 64
    normalization: Literal["none", "batch"] = "batch"
    activation: Nonlinearity = "relu"
    constant_filters: bool = False
    output: Literal["tanh", "sigmoid"] = "tanh"
    weight_std: Annotated[float, Gt(0)] | None = 0.02

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images.

        Raises:
            FieldError: the shapes are not those of a latent vector and of square images.
        """
        latent = latent_size(self.name, input_shape)
        channels, side = square_image(self.name, output_shape, least=8)
        sides = halvings(side)[::-1]
        widths = [
            self.width * (1 if self.constant_filters else 2**i) for i in reversed(range(len(sides) - 1))
        ]
        copies = 2 if self.activation == "gated" else 1
        layers = self._start(latent, copies * widths[0], sides[0])
        for i, before in enumerate(sides[:-1]):
            last = i == len(widths) - 1
            outputs = channels if last else copies * widths[i + 1]
            layers.append(same_transposed_conv2d(widths[i], outputs, 5, before))
            if last:
                layers.append(nn.Tanh() if self.output == "tanh" else StretchedSigmoid())
            else:
                layers += [*normalizer(self.normalization, outputs), hidden_activation(self.activation)]
            if sides[i + 1] < 2 * before:
                layers.append(Crop(sides[i + 1]))
        network = nn.Sequential(*layers)
        if self.weight_std is not None:
            all_weights_(network, self.weight_std)
        return network

    def _start(self, latent: int, channels: int, side: int) -> list[nn.Module]:
        units = channels * side**2
        layers: list[nn.Module] = [linear(latent, units), nn.Unflatten(1, (channels, side, side))]
        if self.normalization == "batch" and self.by_unit:
            layers.insert(1, nn.BatchNorm1d(units, track_running_stats=False))
        else:
            layers += normalizer(self.normalization, channels)
        return [*layers, hidden_activation(self.activation)]


@dataclass(frozen=True, kw_only=True)
class DCGANCritic(Network):
    """The discriminator of DCGAN for images of any side from 8 on: 4,316,545 parameters at 64x64 and default width.

    The image is halved, with twice the channels, until its side is 4 or less; then comes one linear score.

    Attributes:
        width: channels after the first convolution; twice as many after each further one.
        normalization: before each activation but the first. ``layer`` is normalization over (C, H, W) with one gain a
            channel, the paper's replacement for ``batch``, which gradient penalties refuse.
        activation: after each convolution.
        weight_std: standard deviation of all initial weights, which are uniform; `None` for the authors' rule by the
            size of the layer (He for convolutions, Glorot for linear layers).

    References:
        As `DCGANGenerator`.

    Example:
        >>> critic = DCGANCritic(width=4).build((3, 32, 32), ())
        >>> import torch
        >>> critic(torch.randn(2, 3, 32, 32)).shape
        torch.Size([2])
    """

    name = "dcgan_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 64
    normalization: Normalization = "layer"
    activation: Nonlinearity = "leaky_relu"
    weight_std: Annotated[float, Gt(0)] | None = 0.02

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images.

        Raises:
            FieldError: the shapes are not those of square images and of scores.
        """
        require_scores(self.name, output_shape)
        inputs, side = square_image(self.name, input_shape, least=8)
        copies = 2 if self.activation == "gated" else 1
        sides = halvings(side)
        layers: list[nn.Module] = []
        for i, before in enumerate(sides[:-1]):
            width = self.width * 2**i
            layers.append(same_conv2d(inputs, copies * width, 5, before, stride=2))
            if i > 0:
                layers += normalizer(self.normalization, copies * width)
            layers.append(hidden_activation(self.activation))
            inputs = width
        network = nn.Sequential(*layers, Score(inputs * sides[-1] ** 2))
        if self.weight_std is not None:
            all_weights_(network, self.weight_std)
        return network


def hidden_activation(name: Nonlinearity) -> nn.Module:
    """Return a fresh activation module."""
    return Gate() if name == "gated" else activation(name)
