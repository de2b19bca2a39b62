"""The character-level language model: one-dimensional residual convolutions, softmax at every place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge
from torch import nn

from lipschitz import FieldError
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import he_conv_
from lipschitz_trainers.networks.layers.heads import Score, Transpose, linear
from lipschitz_trainers.networks.layers.residual import ResidualBlock
from lipschitz_trainers.networks.shapes import latent_size, require_samples, require_scores

BRANCH_SCALE = 0.3
"""Factor of the branch of each block."""


@dataclass(frozen=True, kw_only=True)
class LanguageGenerator(Network):
    """Makes a distribution over the characters for each place of a line: 15,277,156 parameters for 32 of 100.

    The critic sees these probabilities as they are, beside the ones and zeros of real text; nothing is drawn.

    Attributes:
        width: channels of each convolution.
        blocks: residual blocks, each of two convolutions of width 5.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, section 5.4, and the authors'
        published language script.

    Example:
        >>> import torch
        >>> generator = LanguageGenerator(width=8, blocks=1).build((16,), (12, 30))
        >>> torch.allclose(generator(torch.randn(2, 16)).sum(2), torch.ones(2, 12))
        True
    """

    name = "language_generator"
    role: ClassVar[str] = "generator"

    width: Annotated[int, Ge(1)] = 512
    blocks: Annotated[int, Ge(0)] = 5

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for lines of shape (length, vocabulary).

        Raises:
            FieldError: the shapes are not those of a latent vector and of lines.
        """
        latent = latent_size(self.name, input_shape)
        length, vocabulary = _line(self.name, output_shape)
        return nn.Sequential(
            linear(latent, self.width * length),
            nn.Unflatten(1, (self.width, length)),
            *[_block(self.width) for _ in range(self.blocks)],
            _conv1d(self.width, vocabulary, 1),
            nn.Softmax(dim=1),
            Transpose(),
        )


@dataclass(frozen=True, kw_only=True)
class LanguageCritic(Network):
    """Scores lines of characters, real ones as ones and zeros: 13,180,417 parameters for 32 of 100.

    Attributes:
        width: channels of each convolution.
        blocks: residual blocks, each of two convolutions of width 5.

    References:
        As `LanguageGenerator`.
    """

    name = "language_critic"
    role: ClassVar[str] = "critic"

    width: Annotated[int, Ge(1)] = 512
    blocks: Annotated[int, Ge(0)] = 5

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for lines of shape (length, vocabulary).

        Raises:
            FieldError: the shapes are not those of lines and of scores.
        """
        require_scores(self.name, output_shape)
        length, vocabulary = _line(self.name, input_shape)
        return nn.Sequential(
            Transpose(),
            _conv1d(vocabulary, self.width, 1),
            *[_block(self.width) for _ in range(self.blocks)],
            Score(self.width * length),
        )


def _block(width: int) -> ResidualBlock:
    branch = nn.Sequential(nn.ReLU(), _conv1d(width, width, 5), nn.ReLU(), _conv1d(width, width, 5))
    return ResidualBlock(branch, scale=BRANCH_SCALE)


def _conv1d(inputs: int, outputs: int, kernel: int) -> nn.Conv1d:
    layer = nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2)
    he_conv_(layer)
    return layer


def _line(name: str, shape: tuple[int, ...]) -> tuple[int, int]:
    require_samples(name, shape)
    if len(shape) != 2:
        raise FieldError(
            f"{name} serves lines of text of shape (length, vocabulary), got shape {shape}; use a dataset of text, or "
            f"mlp, which takes any shape."
        )
    return shape[0], shape[1]
