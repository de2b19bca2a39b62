"""Pairs of round Gaussians with a known distance, as datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from lipschitz.errors import FieldError
from lipschitz_trainers.data.known_pairs import KnownPair
from lipschitz_trainers.truth import ScaledGaussiansTruth, ShiftedGaussiansTruth


@dataclass(frozen=True, kw_only=True)
class ShiftedGaussians(KnownPair):
    """Two round Gaussians of equal width: P around the origin, Q a given distance away in a random direction.

    The optimal critic is linear and W1 is the distance between the means.

    Attributes:
        dimension: number of coordinates.
        distance: between the means.
        std: of every coordinate.
        seed: of the direction.
        side: ``p`` or ``q``.

    Example:
        >>> ShiftedGaussians(dimension=3, distance=2).truth().w1().value
        2.0
    """

    name = "shifted_gaussians"

    dimension: Annotated[int, Ge(1)] = 2
    distance: Annotated[float, Gt(0)] = 1.0
    std: Annotated[float, Ge(0)] = 1.0
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0

    def truth(self) -> ShiftedGaussiansTruth:
        """Return what is known of the pair."""
        return ShiftedGaussiansTruth(
            dimension=self.dimension, distance=self.distance, std=self.std, seed=self.seed
        )


@dataclass(frozen=True, kw_only=True)
class ScaledGaussians(KnownPair):
    """Two round Gaussians around the origin: P narrow, Q wide.

    The optimal critic is -|x|, and W1 the difference of the mean radii.

    Attributes:
        dimension: number of coordinates.
        std: of every coordinate of P.
        wide_std: of every coordinate of Q, larger.
        side: ``p``, the narrow one, or ``q``.

    Example:
        >>> round(ScaledGaussians(dimension=1, std=1, wide_std=2).truth().w1().value, 4)
        0.7979
    """

    name = "scaled_gaussians"

    dimension: Annotated[int, Ge(1)] = 2
    std: Annotated[float, Gt(0)] = 0.5
    wide_std: Annotated[float, Gt(0)] = 1.0

    def __post_init__(self) -> None:
        """Check that Q is the wider one."""
        if self.wide_std <= self.std:
            raise FieldError(
                f"ScaledGaussians.wide_std must be larger than std, got {self.wide_std} and {self.std}."
            )

    def truth(self) -> ScaledGaussiansTruth:
        """Return what is known of the pair."""
        return ScaledGaussiansTruth(dimension=self.dimension, std=self.std, wide_std=self.wide_std)
