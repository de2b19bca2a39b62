"""The pairs of the Wasserstein-1 benchmark."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt
from torch import Tensor

from lipschitz_trainers.truth.base import ClosedForm, Distance, Pairs, SideName
from lipschitz_trainers.truth.funnels import HALF_WIDTH, Funnels, draw_funnels
from lipschitz_trainers.truth.points import as_points, require_in_cube, require_number, require_side

OFFICIAL_SEED = 987
SAMPLES = 2**17
"""Pairs behind the value of the distance."""
CHUNK = 2**13
"""How many of them at once."""


@dataclass(frozen=True, kw_only=True)
class MinFunnelsTruth(ClosedForm):
    """Points of a cube, each moved down the ray of a minimum of cones on which it lies.

    The potential is u(x) = min over n of |x - a_n| + b_n. Q is uniform on the cube [-2.5, 2.5]^dimension. A point y of
    Q lies on a ray from the active centre a to where the cube or the funnel's cell ends; at the share t of the ray's
    length L from a, it is coupled with the point x of P at the share t^power: the order along the ray stays, and
    every point moves down the potential. So |y - x| = L (t - t^power) = u(y) - u(x).

    With power 8, many points of P lie within rounding of a centre: the gradient of a pair is that of its ray, known
    from y.

    Attributes:
        dimension: number of coordinates.
        funnels: number of cones.
        seed: of centres and heights; 987 gives the published pairs (see `draw_funnels`).
        power: the larger, the more P gathers at the centres.

    References:
        Korotin, Kolesov, Burnaev: Kantorovich strikes back! Wasserstein GANs are not optimal transport?, 2022,
        arXiv 2206.07767, section 4, and the authors' published benchmark.

    Example:
        >>> truth = MinFunnelsTruth(dimension=2, funnels=4)
        >>> pairs = truth.pairs(1000, torch.Generator().manual_seed(0))
        >>> gained = truth.potential(pairs.y) - truth.potential(pairs.x)
        >>> torch.allclose(gained, pairs.lengths)
        True
    """

    dimension: Annotated[int, Ge(1)]
    funnels: Annotated[int, Ge(1)]
    seed: Annotated[int, Ge(0), Lt(2**63)] = OFFICIAL_SEED
    power: Annotated[float, Gt(1)] = 8.0

    @property
    def cones(self) -> Funnels:
        """The cones."""
        return draw_funnels(self.dimension, self.funnels, self.seed)

    def potential(self, points: Tensor) -> Tensor:
        """Return u at points of shape (n, dimension), of any floating dtype; shape (n,), float64."""
        return self.cones.value(points)

    def gradient(self, points: Tensor) -> Tensor:
        """Return the direction away from the active centre, shape (n, dimension)."""
        return self.cones.gradient(points)

    def transport(self, y: Tensor) -> Pairs:
        """Return the pairs of given points of Q: the transport map and its rays.

        Args:
            y: shape (n, dimension), of any floating dtype, in the cube [-2.5, 2.5]^dimension.

        Raises:
            BatchError: the points have another shape or dtype, or lie outside the cube, where the map is not defined.
        """
        y = as_points(y, self.dimension)
        require_in_cube(y, HALF_WIDTH)
        return self._transport(y)

    def pairs(self, n: int, generator: torch.Generator) -> Pairs:
        """Draw n independent pairs from the optimal plan with a CPU generator."""
        return self._transport(self._uniform(n, generator))

    def sample(self, side: SideName, n: int, generator: torch.Generator) -> Tensor:
        """Draw n independent points of one side: those of `pairs`."""
        first = require_side(side) == "p"
        y = self._uniform(n, generator)
        return self._transport(y).x if first else y

    def w1(self) -> Distance:
        """Return E|y - x| over a fixed sample of 131,072 pairs; computed once for each truth."""
        return _measured(self)

    def _transport(self, y: Tensor) -> Pairs:
        rays = self.cones.rays(y)
        length = rays.below + rays.above
        at = length * (rays.below / length) ** self.power
        return Pairs(rays.start + at.unsqueeze(1) * rays.direction, y, rays.direction)

    def _uniform(self, n: int, generator: torch.Generator) -> Tensor:
        unit = torch.rand(require_number(n), self.dimension, generator=generator, dtype=torch.float64)
        return HALF_WIDTH * (2 * unit - 1)


@functools.lru_cache(maxsize=256)
def _measured(truth: MinFunnelsTruth) -> Distance:
    generator = torch.Generator().manual_seed(0)
    lengths: list[Tensor] = []
    gains: list[Tensor] = []
    for _ in range(SAMPLES // CHUNK):
        pairs = truth.pairs(CHUNK, generator)
        lengths.append(pairs.lengths)
        gains.append(truth.potential(pairs.y) - truth.potential(pairs.x))
    length = torch.cat(lengths)
    return Distance(float(length.mean()), float(length.std()) / SAMPLES**0.5, float(torch.cat(gains).mean()))
