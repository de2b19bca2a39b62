"""The family of architectures that the paper draws 200 of: one field for each choice, all combinations valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from annotated_types import Ge
from torch import nn

from lipschitz import FieldError
from lipschitz_trainers.networks.activations import activation
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.conv import halvings
from lipschitz_trainers.networks.layers.heads import Score, linear
from lipschitz_trainers.networks.layers.normalization import normalizer
from lipschitz_trainers.networks.layers.same_padding import Crop, same_conv2d, same_transposed_conv2d
from lipschitz_trainers.networks.shapes import latent_size, require_scores, square_image

Nonlinearity: TypeAlias = Literal["relu", "leaky_relu", "smooth_elu", "tanh"]
"""The paper's choices: ``smooth_elu`` is softplus(2x + 2) / 2 - 1."""


@dataclass(frozen=True, kw_only=True)
class RandomGenerator(Network):
    """A DCGAN generator that is deepened by 3x3 convolutions at the second smallest resolution.

    The paper's choices are 4 activations, depths of 4, 8, 12 and 20, with and without batch normalization, and widths
    of 32, 64 and 128: 96 generators, which with as many critics make 9,216 architectures. Where the additional layers
    are is not in the paper; here they are where the first author's script for 32x32 ImageNet has them.

    Attributes:
        activation: after each hidden layer.
        depth: number of linear layers and convolutions; 4 at 32x32 is DCGAN, what is more makes it deeper.
        normalized: whether batch normalization comes before each hidden activation.
        width: channels at half the resolution of the output; twice as many at a quarter, and so on.
        width_divisor: what the width is divided by, rounded down: the family in narrow, for short runs.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, table 1 and appendix B.
    """

    name = "random_generator"
    role: ClassVar[str] = "generator"

    activation: Nonlinearity = "relu"
    depth: Annotated[int, Ge(3)] = 4
    normalized: bool = True
    width: Annotated[int, Ge(1)] = 64
    width_divisor: Annotated[int, Ge(1)] = 1

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images.

        Raises:
            FieldError: the shapes are not those of a latent vector and of square images, or need a greater depth.
        """
        latent = latent_size(self.name, input_shape)
        channels, side = square_image(self.name, output_shape, least=9)
        sides = halvings(side)[::-1]
        more = _additional(self.name, self.depth, sides)
        width = _narrowed(self) * 2 ** (len(sides) - 2)
        layers = [linear(latent, width * sides[0] ** 2), nn.Unflatten(1, (width, sides[0], sides[0]))]
        layers += self._after(width)
        for i, before in enumerate(sides[:-1]):
            last = i == len(sides) - 2
            outputs = channels if last else width // 2
            layers.append(same_transposed_conv2d(width, outputs, 5, before))
            layers += [nn.Tanh()] if last else self._after(outputs)
            if sides[i + 1] < 2 * before:
                layers.append(Crop(sides[i + 1]))
            width = outputs
            for _ in range(more if i == 0 else 0):
                layers += [same_conv2d(width, width, 3, sides[1]), *self._after(width)]
        return nn.Sequential(*layers)

    def _after(self, channels: int) -> list[nn.Module]:
        return [*normalizer("batch" if self.normalized else "none", channels), activation(self.activation)]


@dataclass(frozen=True, kw_only=True)
class RandomCritic(Network):
    """A DCGAN discriminator that is deepened as `RandomGenerator` is.

    Attributes:
        activation: after each convolution.
        depth: number of convolutions and linear layers; 4 at 32x32 is DCGAN, what is more makes it deeper.
        normalized: whether a normalizer comes before each activation but the first.
        normalizer: which one that is: ``layer`` for methods with a gradient penalty, ``batch`` for others.
        width: channels after the first convolution; twice as many after each that halves the image.
        width_divisor: what the width is divided by, rounded down: the family in narrow, for short runs.

    References:
        As `RandomGenerator`.
    """

    name = "random_critic"
    role: ClassVar[str] = "critic"

    activation: Nonlinearity = "leaky_relu"
    depth: Annotated[int, Ge(3)] = 4
    normalized: bool = True
    normalizer: Literal["layer", "batch"] = "layer"
    width: Annotated[int, Ge(1)] = 64
    width_divisor: Annotated[int, Ge(1)] = 1

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images.

        Raises:
            FieldError: the shapes are not those of square images and of scores, or need a greater depth.
        """
        require_scores(self.name, output_shape)
        inputs, side = square_image(self.name, input_shape, least=9)
        sides = halvings(side)
        more = _additional(self.name, self.depth, sides)
        layers: list[nn.Module] = []
        for i, before in enumerate(sides[:-1]):
            width = _narrowed(self) * 2**i
            layers.append(same_conv2d(inputs, width, 5, before, stride=2))
            # No normalizer after the first convolution, as in DCGAN.
            layers += self._after(width) if i > 0 else [activation(self.activation)]
            inputs = width
            for _ in range(more if sides[i + 1] == sides[-2] else 0):
                layers += [same_conv2d(width, width, 3, sides[-2]), *self._after(width)]
        return nn.Sequential(*layers, Score(inputs * sides[-1] ** 2))

    def _after(self, channels: int) -> list[nn.Module]:
        return [
            *normalizer(self.normalizer if self.normalized else "none", channels),
            activation(self.activation),
        ]


def _narrowed(network: RandomGenerator | RandomCritic) -> int:
    """Return the width that is built."""
    return max(1, network.width // network.width_divisor)


def _additional(name: str, depth: int, sides: list[int]) -> int:
    """Return how many layers come to those of DCGAN: a linear layer, and a convolution for each halving."""
    if depth < len(sides):
        raise FieldError(
            f"{name}.depth must be at least {len(sides)} for images of {max(sides)} pixels a side, got {depth}; raise "
            f"depth, or use smaller images."
        )
    return depth - len(sides)
