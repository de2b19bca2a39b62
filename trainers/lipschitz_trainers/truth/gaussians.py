"""Round Gaussians that differ in their mean or in their width."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt
from torch import Tensor
from torch.nn.functional import normalize

from lipschitz.errors import FieldError
from lipschitz_trainers.truth.base import ClosedForm, Distance, Pairs
from lipschitz_trainers.truth.points import as_points, require_number


@dataclass(frozen=True, kw_only=True)
class ShiftedGaussiansTruth(ClosedForm):
    """P = N(0, std^2 I) and Q, the same moved by `distance` along a unit vector v.

    The potential is linear, u(x) = <v, x>, and W1 = `distance`: the optimal plan moves every point by the same vector.

    Attributes:
        dimension: number of coordinates.
        distance: between the means.
        std: of every coordinate.
        seed: of the direction v, uniform on the sphere.

    Example:
        >>> ShiftedGaussiansTruth(dimension=3, distance=2.0).w1()
        Distance(value=2.0, standard_error=0.0, by_potential=None)
    """

    dimension: Annotated[int, Ge(1)]
    distance: Annotated[float, Gt(0)] = 1.0
    std: Annotated[float, Ge(0)] = 1.0
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0

    @property
    def direction(self) -> Tensor:
        """The unit vector v, shape (dimension,)."""
        return _direction(self.dimension, self.seed)

    def potential(self, points: Tensor) -> Tensor:
        """Return <v, x>, shape (n,)."""
        return as_points(points, self.dimension) @ self.direction

    def gradient(self, points: Tensor) -> Tensor:
        """Return v for every point, shape (n, dimension)."""
        return self.direction.expand_as(as_points(points, self.dimension))

    def pairs(self, n: int, generator: torch.Generator) -> Pairs:
        """Draw n independent pairs from the optimal plan with a CPU generator."""
        x = self.std * _normal(n, self.dimension, generator)
        return Pairs(x, x + self.distance * self.direction, self.gradient(x))

    def w1(self) -> Distance:
        """Return the distance between the means."""
        return Distance(self.distance)


@dataclass(frozen=True, kw_only=True)
class ScaledGaussiansTruth(ClosedForm):
    r"""P = N(0, std^2 I) and Q = N(0, wide_std^2 I): every point moves along its radius.

    The potential is u(x) = |x|, and W1 = (wide_std - std) E|z| for z ~ N(0, I), with
    :math:`E|z| = \sqrt 2 \, \Gamma((d + 1) / 2) / \Gamma(d / 2)` in dimension d.

    Attributes:
        dimension: number of coordinates.
        std: of every coordinate of P.
        wide_std: of every coordinate of Q, larger.

    Example:
        >>> round(ScaledGaussiansTruth(dimension=1, std=1.0, wide_std=2.0).w1().value, 6)
        0.797885
    """

    dimension: Annotated[int, Ge(1)]
    std: Annotated[float, Gt(0)] = 0.5
    wide_std: Annotated[float, Gt(0)] = 1.0

    def __post_init__(self) -> None:
        """Check that Q is the wider one."""
        if self.wide_std <= self.std:
            raise FieldError(f"wide_std must be larger than std, got {self.wide_std} and {self.std}.")

    def potential(self, points: Tensor) -> Tensor:
        """Return |x|, shape (n,)."""
        return as_points(points, self.dimension).norm(dim=1)

    def gradient(self, points: Tensor) -> Tensor:
        """Return x / |x|, shape (n, dimension)."""
        return normalize(as_points(points, self.dimension), dim=1, eps=1e-300)

    def pairs(self, n: int, generator: torch.Generator) -> Pairs:
        """Draw n independent pairs from the optimal plan with a CPU generator."""
        z = _normal(n, self.dimension, generator)
        return Pairs(self.std * z, self.wide_std * z, self.gradient(z))

    def w1(self) -> Distance:
        """Return the difference of the mean radii."""
        half = self.dimension / 2
        mean_radius = math.sqrt(2) * math.exp(math.lgamma(half + 0.5) - math.lgamma(half))
        return Distance((self.wide_std - self.std) * mean_radius)


@functools.lru_cache(maxsize=64)
def _direction(dimension: int, seed: int) -> Tensor:
    # Drawn once: inside a critic, under vmap, every sample would draw another one.
    return normalize(_normal(1, dimension, torch.Generator().manual_seed(seed)), dim=1)[0]


def _normal(n: int, dimension: int, generator: torch.Generator) -> Tensor:
    return torch.randn(require_number(n), dimension, generator=generator, dtype=torch.float64)
