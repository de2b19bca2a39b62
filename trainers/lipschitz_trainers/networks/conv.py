"""A small convolutional pair for images from 8x8 to 32x32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz import FieldError
from lipschitz_trainers.networks.activations import Activation, activation, require_whole_groups
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import Initialization, glorot_linear_, he_conv_
from lipschitz_trainers.networks.shapes import require_samples, require_scores

Normalization = Literal["none", "layer", "batch"]


def halvings(size: int) -> list[int]:
    """Return the side lengths from `size` down to at most 4, each half the one before, rounded up.

    Example:
        >>> halvings(28), halvings(8)
        ([28, 14, 7, 4], [8, 4])
    """
    sizes = [size]
    while sizes[-1] > 4:
        sizes.append((sizes[-1] + 1) // 2)
    return sizes


class ConvGeneratorModule(nn.Module):
    """A linear layer to a small image, then doublings, cropped where the size on the way is odd."""

    def __init__(self, network: ConvGenerator, latent: int, shape: tuple[int, int, int]) -> None:
        """Build it with fresh weights."""
        super().__init__()
        channels, side, _ = shape
        self.sizes = halvings(side)[::-1]
        width = network.width * 2 ** (len(self.sizes) - 1)
        self.start = nn.Linear(latent, width * self.sizes[0] ** 2)
        self.first = _norm_and_activation(width, network.normalization, nn.ReLU())
        self.ups = nn.ModuleList()
        for _ in self.sizes[1:]:
            up = nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)
            width //= 2
            self.ups.append(nn.Sequential(up, *_norm_and_activation(width, network.normalization, nn.ReLU())))
        self.last = nn.Conv2d(width, channels, 3, padding=1)
        if network.initialization == "paper":
            _initialize(self)

    def forward(self, z: Tensor) -> Tensor:
        """Map (B, latent) to images (B, C, H, W) in [-1, 1]."""
        x = self.first(self.start(z).unflatten(1, (-1, self.sizes[0], self.sizes[0])))
        for up, size in zip(self.ups, self.sizes[1:], strict=True):
            x = up(x)[..., :size, :size]
        return self.last(x).tanh()


class ConvCriticModule(nn.Module):
    """A 3x3 convolution, halvings by strided 4x4 convolutions, one linear score."""

    def __init__(self, network: ConvCritic, shape: tuple[int, int, int]) -> None:
        """Build it with fresh weights."""
        super().__init__()
        channels, side, _ = shape
        width = network.width
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), network.new_activation()]
        for _ in halvings(side)[1:]:
            # No normalizer after the first convolution, as in DCGAN.
            layers.append(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1))
            width *= 2
            side //= 2
            layers.extend(_norm_and_activation(width, network.normalization, network.new_activation()))
        self.layers = nn.Sequential(*layers)
        self.score = nn.Linear(width * side**2, 1)
        if network.initialization == "paper":
            _initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to scores (B,)."""
        return self.score(self.layers(x).flatten(1)).squeeze(1)


@dataclass(frozen=True, kw_only=True)
class ConvGenerator(Network):
    """Small convolutional generator for images of 8 to 32 pixels a side.

    The latent vector becomes a 4x4 image that is doubled until it fits.

    Attributes:
        width: channels at full resolution; doubled at every halving of the resolution.
        normalization: before each ReLU.
        initialization: ``paper`` (the authors' uniform initialisation) or PyTorch's own.
    """

    name = "conv_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 32
    normalization: Normalization = "batch"
    initialization: Initialization = "paper"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images of 8 to 32 pixels a side."""
        if len(input_shape) != 1:
            raise FieldError(f"{self.name} takes a latent vector, got inputs of shape {input_shape}.")
        return ConvGeneratorModule(self, input_shape[0], _image(self.name, output_shape))


@dataclass(frozen=True, kw_only=True)
class ConvCritic(Network):
    """Small convolutional critic for images of 8 to 32 pixels a side.

    Attributes:
        width: channels at full resolution; doubled at every halving.
        activation: after each convolution; those that sort do so across channels.
        group_size: channels that ``group_sort`` sorts together; it divides the width. No other activation uses it.
        normalization: before each activation but the first; ``layer`` is normalization over (C, H, W) with one
            scale per channel, the paper's replacement for ``batch``, which gradient penalties refuse.
        initialization: ``paper`` (the authors' uniform initialisation) or PyTorch's own.
    """

    name = "conv_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 32
    activation: Activation = "leaky_relu"
    group_size: Annotated[int, Ge(2)] = 2
    normalization: Normalization = "none"
    initialization: Initialization = "paper"

    def __post_init__(self) -> None:
        """Check that the width suits the activation."""
        require_whole_groups("ConvCritic", self.activation, self.group_size, self.width)

    def new_activation(self) -> nn.Module:
        """Return a fresh activation."""
        return activation(self.activation, self.group_size)

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for square images of 8 to 32 pixels a side."""
        require_scores(self.name, output_shape)
        return ConvCriticModule(self, _image(self.name, input_shape))


def _image(name: str, shape: tuple[int, ...]) -> tuple[int, int, int]:
    require_samples(name, shape)
    if len(shape) != 3 or shape[1] != shape[2] or not 8 <= shape[1] <= 32:
        raise FieldError(
            f"{name} serves square images (C, H, H) with H from 8 to 32, got shape {shape}; use mlp."
        )
    return shape[0], shape[1], shape[2]


def _norm_and_activation(width: int, normalization: Normalization, activation: nn.Module) -> nn.Sequential:
    if normalization == "none":
        return nn.Sequential(activation)
    norm = nn.BatchNorm2d(width) if normalization == "batch" else nn.GroupNorm(1, width)
    return nn.Sequential(norm, activation)


def _initialize(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            he_conv_(layer)
        elif isinstance(layer, nn.Linear):
            glorot_linear_(layer)
