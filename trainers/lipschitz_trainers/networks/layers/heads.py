"""How critics end and generators begin."""

from __future__ import annotations

from torch import Tensor, nn

from lipschitz import CriticOutput
from lipschitz_trainers.networks.initialization import glorot_linear_


def linear(inputs: int, outputs: int) -> nn.Linear:
    """Return a linear layer with the authors' default weights (Glorot)."""
    layer = nn.Linear(inputs, outputs)
    glorot_linear_(layer)
    return layer


class Score(nn.Module):
    """One linear score of all entries of a sample."""

    def __init__(self, features: int) -> None:
        """Build it for so many entries."""
        super().__init__()
        self.score = linear(features, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, ...) to scores (B,)."""
        return self.score(x.flatten(1)).squeeze(1)


class ClassifyingScore(Score):
    """A score, and class scores of the same features beside it: the critic of an AC-GAN.

    Source: Odena, Olah, Shlens 2016, arXiv 1610.09585, section 3.
    """

    def __init__(self, features: int, classes: int) -> None:
        """Build it for so many features and classes."""
        super().__init__(features)
        self.logits = linear(features, classes)

    def forward(self, x: Tensor) -> CriticOutput:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Map (B, features) to scores (B,) and logits (B, classes)."""
        return CriticOutput(super().forward(x), logits=self.logits(x.flatten(1)))


class Scale(nn.Module):
    """Multiplies by a fixed number."""

    def __init__(self, factor: float) -> None:
        """Set the number."""
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Multiply every entry."""
        return self.factor * x

    def extra_repr(self) -> str:
        """Return the number."""
        return f"factor={self.factor}"


class StretchedSigmoid(nn.Module):
    """The sigmoid of x as a value in [-1, 1]: 2 sigmoid(x) - 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Map every entry."""
        return (x / 2).tanh()


class GlobalMean(nn.Module):
    """The mean over all places of each channel."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C)."""
        return x.flatten(2).mean(2)


class Transpose(nn.Module):
    """Swaps the two axes of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, length, channels) to (B, channels, length), or back."""
        return x.transpose(1, 2)
