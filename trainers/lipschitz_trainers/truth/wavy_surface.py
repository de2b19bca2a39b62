"""Points on both sides of a smooth hypersurface, moved along its normals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt

from lipschitz.errors import FieldError
from lipschitz_trainers.truth.base import Distance, Pairs, Truth
from lipschitz_trainers.truth.points import require_number
from lipschitz_trainers.truth.waves import Waves, draw_waves

SHARE = 0.9
"""How far along the normals points lie, as a share of what curvature allows."""
LEAST, MOST = 1e-5, 1e5
"""Frequencies and slopes for which segments along the normals are not lost in the rounding of their feet."""


@dataclass(frozen=True, kw_only=True)
class WavySurfaceTruth(Truth):
    r"""The potential is the signed distance to a wavy hypersurface: smooth, of slope 1, and no maximum of cones.

    The surface is the graph of h, a sum of sine waves over z in all directions but one, turned in space (`Waves`).
    From a foot (z, h(z)) with z ~ N(0, I), the unit normal v leads to foot + s v. Q has s uniform in [-r, r]; the point
    at the share t of this segment is coupled with the one at t^power, below it, whose law is P. So |y - x| is the
    difference of both s, and W1 = 2 r (1/2 - 1/(power + 1)), in closed form.

    Why s is the signed distance u of foot + s v: let c bound the second derivative of h. Between the foot a and
    another point b of the surface, h leaves its tangent by at most c |b - a|^2 / 2, so |<v, b - a>| <= c |b - a|^2 / 2
    and, at q = a + s v, |q - b|^2 >= s^2 + (1 - c |s|) |b - a|^2 > s^2 for |s| < 1/c: no point of the surface is nearer
    than a. Here r = 0.9 / c. The signed distance is 1-Lipschitz everywhere: between points on different sides, the
    segment crosses the surface. Hence u(y) - u(x) = |y - x|, and the plan is optimal.

    Attributes:
        dimension: number of coordinates, at least 2.
        waves: number of sine waves; their directions and phases are random.
        frequency: their mean frequency, where z has standard deviation 1: the larger, the more often the normal turns;
            from 1e-5 to 1e5.
        slope: root mean square slope of h: the larger, the further the normals turn; from 1e-5 to 1e5.
        power: the larger, the more P gathers at its side of the surface.
        seed: of the surface.

    References:
        Federer: Curvature measures, 1959, Transactions of the American Mathematical Society 93(3), theorem 4.8
        (signed distances within the reach).

    Example:
        >>> pairs = WavySurfaceTruth(dimension=8).pairs(5, torch.Generator().manual_seed(0))
        >>> torch.allclose(pairs.y - pairs.x, pairs.lengths.unsqueeze(1) * pairs.gradient)
        True
    """

    dimension: Annotated[int, Ge(2)]
    waves: Annotated[int, Ge(1)] = 16
    frequency: Annotated[float, Gt(0)] = 1.0
    slope: Annotated[float, Gt(0)] = 2.0
    power: Annotated[float, Gt(1)] = 8.0
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0

    def __post_init__(self) -> None:
        """Check that the surface can be computed."""
        for name in ("frequency", "slope"):
            if not LEAST <= getattr(self, name) <= MOST:
                raise FieldError(
                    f"WavySurfaceTruth.{name} must lie between {LEAST:g} and {MOST:g}, got "
                    f"{getattr(self, name)}: beyond, the points of a pair cannot be told apart in float64."
                )

    @property
    def surface(self) -> Waves:
        """The surface."""
        return draw_waves(self.dimension, self.waves, self.frequency, self.slope, self.seed)

    @property
    def radius(self) -> float:
        """How far points lie from the surface at most, r."""
        return SHARE / self.surface.curvature

    def pairs(self, n: int, generator: torch.Generator) -> Pairs:
        """Draw n independent pairs from the optimal plan with a CPU generator."""
        n = require_number(n)
        z = torch.randn(n, self.dimension - 1, generator=generator, dtype=torch.float64)
        t = torch.rand(n, 1, generator=generator, dtype=torch.float64)
        foot, normal = self.surface.foot(z)
        x, y = (foot + self.radius * (2 * share - 1) * normal for share in (t**self.power, t))
        return Pairs(x, y, normal)

    def w1(self) -> Distance:
        """Return the distance in closed form."""
        return Distance(2 * self.radius * (1 / 2 - 1 / (self.power + 1)))
