"""What is known of a pair of distributions: matched points, the distance, and the optimal critic's gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from lipschitz.fields import Checked
from lipschitz_trainers.truth.points import require_side
from lipschitz_trainers.truth.sides import SideName as SideName


class Pairs(NamedTuple):
    """Points drawn from the optimal plan of P and Q, float64.

    Attributes:
        x: points of P, shape (n, dimension).
        y: the points of Q they are coupled with, same shape.
        gradient: unit gradient of the potential, the same at both ends of a ray: y - x = |y - x| * gradient.
            Same shape. Given, and not left to be computed of x and y, because these may coincide.
    """

    x: Tensor
    y: Tensor
    gradient: Tensor

    @property
    def lengths(self) -> Tensor:
        """How far each point travels, |y - x|, shape (n,)."""
        return (self.y - self.x).norm(dim=1)


class Distance(NamedTuple):
    """A known distance.

    Attributes:
        value: the Wasserstein-1 distance between P and Q.
        standard_error: of a mean over a fixed large sample; 0 for a closed form.
        by_potential: the same by the dual problem, E u(y) - E u(x) over the sample where `value` is E|y - x|: equal
            up to rounding, since the plan is optimal. `None` for a closed form.
    """

    value: float
    standard_error: float = 0.0
    by_potential: float | None = None


@dataclass(frozen=True, kw_only=True)
class Truth(Checked, ABC):
    r"""A pair of distributions P, Q with a known optimal potential u.

    u is 1-Lipschitz and has slope 1 along the ray of every pair: u(y) - u(x) = |y - x|. By Kantorovich-Rubinstein
    duality that makes the plan optimal, and W1(P, Q) = E|y - x| = E u(y) - E u(x). A critic f that maximizes
    E_P f - E_Q f over 1-Lipschitz functions is -u, up to a constant: its gradient at both ends of a ray is minus
    that of u.

    Two truths with equal fields are the same pair.

    Attributes:
        dimension: number of coordinates of a point.
    """

    dimension: int

    @abstractmethod
    def pairs(self, n: int, generator: torch.Generator) -> Pairs:
        """Draw n independent pairs from the optimal plan with a CPU generator.

        Raises:
            FieldError: n is no whole number >= 0.
        """

    @abstractmethod
    def w1(self) -> Distance:
        """Return the Wasserstein-1 distance between P and Q."""

    def sample(self, side: SideName, n: int, generator: torch.Generator) -> Tensor:
        """Draw n independent points of one side, shape (n, dimension), float64: those of `pairs`.

        Raises:
            FieldError: there is no such side, or n is no whole number >= 0.
        """
        first = require_side(side) == "p"
        pairs = self.pairs(n, generator)
        return pairs.x if first else pairs.y


@dataclass(frozen=True, kw_only=True)
class ClosedForm(Truth):
    """A truth whose potential can be evaluated anywhere."""

    @abstractmethod
    def potential(self, points: Tensor) -> Tensor:
        """Return u at points of shape (n, dimension), of any floating dtype; shape (n,), float64 on the CPU.

        Raises:
            BatchError: the points have another shape or dtype.
        """

    @abstractmethod
    def gradient(self, points: Tensor) -> Tensor:
        """Return the gradient of u, like `potential`, shape (n, dimension); where u has none, one of a point nearby."""


class Side(NamedTuple):
    """One of the two distributions of a pair.

    Attributes:
        truth: the pair.
        name: ``"p"`` or ``"q"``.
    """

    truth: Truth
    name: SideName

    def is_opposite(self, other: Side) -> bool:
        """Return whether `other` is the other distribution of the same pair."""
        return self.truth == other.truth and self.name != other.name
