"""Small critics to check constraints on: one for each way in which hand-written penalties go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ExampleCritic:
    """A critic to check constraints on.

    Attributes:
        name: for messages.
        build: returns a new critic, its parameters drawn from torch's global generator.
        shape: shape of one sample, without the batch axis.
        condition: shapes of the per-sample conditions, without the batch axis.

    Example:
        >>> example = ExampleCritic("linear", lambda: nn.Linear(3, 1), shape=(3,))
        >>> example.build()(torch.zeros(4, 3)).shape
        torch.Size([4, 1])
    """

    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    condition: tuple[tuple[int, ...], ...] = ()


class Residual(nn.Module):
    """Adds what the layers inside compute to their input, shape (B, ...) to (B, ...)."""

    def __init__(self, *layers: nn.Module) -> None:
        """Take the layers of the branch, in order."""
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + branch(x)``."""
        return x + self.branch(x)


class Downsampling(nn.Module):
    """A residual block that halves an image, shape (B, channels, H, W) to (B, width, H / 2, W / 2).

    The branch convolves and then pools, the shortcut pools and then convolves, as in Gulrajani et al. 2017,
    arXiv 1704.00028, appendix F.
    """

    def __init__(self, channels: int, width: int) -> None:
        """Draw the weights."""
        super().__init__()
        self.branch = nn.Sequential(nn.ReLU(), nn.Conv2d(channels, width, 3, padding=1), nn.AvgPool2d(2))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``shortcut(x) + branch(x)``."""
        return self.shortcut(x) + self.branch(x)


class Recurrent(nn.Module):
    """Scores sequences of shape (B, length, features) by the last state of an LSTM, shape (B,)."""

    def __init__(self, features: int, width: int) -> None:
        """Draw the weights."""
        super().__init__()
        self.lstm = nn.LSTM(features, width, batch_first=True)
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores."""
        return self.score(self.lstm(x)[0][:, -1])[:, 0]


class Conditional(nn.Module):
    """Scores a sample of shape (B, features) together with a condition of shape (B, classes), shape (B, 1)."""

    def __init__(self, features: int, classes: int, width: int) -> None:
        """Draw the weights."""
        super().__init__()
        self.hidden = nn.Linear(features + classes, width)
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return the scores."""
        return self.score(torch.relu(self.hidden(torch.cat([x, label], dim=1))))


def _perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 1))


def _leaky_in_place() -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, 12),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(12, 12),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(12, 1),
    )


def _convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.GroupNorm(1, 4),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 4, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 1),
    )


def _residual() -> nn.Module:
    return nn.Sequential(
        nn.Linear(2, 8),
        Residual(nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 8)),
        nn.Tanh(),
        nn.Linear(8, 1),
        nn.Flatten(0),
    )


def _resnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        Downsampling(4, 4),
        Residual(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 1),
    )


def _recurrent() -> nn.Module:
    return Recurrent(2, 6)


def _conditional() -> nn.Module:
    return Conditional(2, 3, 8)


PERCEPTRON = ExampleCritic("perceptron", _perceptron, shape=(2,))
LEAKY_IN_PLACE = ExampleCritic("perceptron with in-place LeakyReLU", _leaky_in_place, shape=(3,))
CONVOLUTIONAL = ExampleCritic("convolutional critic with GroupNorm", _convolutional, shape=(2, 4, 4))
RESIDUAL = ExampleCritic("residual critic with LayerNorm", _residual, shape=(2,))
RESNET = ExampleCritic("convolutional ResNet critic", _resnet, shape=(2, 4, 4))
RECURRENT = ExampleCritic("recurrent critic", _recurrent, shape=(5, 2))
CONDITIONAL = ExampleCritic("conditional critic", _conditional, shape=(2,), condition=((3,),))

DEFAULT_CRITICS: tuple[ExampleCritic, ...] = (PERCEPTRON, LEAKY_IN_PLACE, CONVOLUTIONAL, RESIDUAL, RESNET)
"""Critics of samples without a condition."""

CONFORMANCE_CRITICS: tuple[ExampleCritic, ...] = (*DEFAULT_CRITICS, CONDITIONAL)
"""What `lipschitz.testing.check_constraint` uses; `RECURRENT` can be passed to it."""
