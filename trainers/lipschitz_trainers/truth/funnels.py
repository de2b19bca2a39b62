"""The minimum of cones, its gradient, and how far its rays reach."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from lipschitz_trainers.truth.points import as_points

HALF_WIDTH = 2.5
"""Centres, and the points of Q, lie in the cube [-2.5, 2.5]^dimension."""
HEIGHT_SCALE = 0.1
"""Standard deviation of the cones' tips."""
CHUNK = 2**20
"""Distances of points to centres at once: 8 MiB for each of a handful of matrices."""


class Rays(NamedTuple):
    """Where points lie on their rays.

    Attributes:
        start: lower end, the active centre, shape (n, dimension).
        direction: unit vector up the ray, the gradient of the function; same shape.
        below: length from the start to the point, shape (n,).
        above: length from the point to the upper end, shape (n,).
    """

    start: Tensor
    direction: Tensor
    below: Tensor
    above: Tensor


@dataclass(frozen=True, eq=False)
class Funnels:
    """The function u(x) = min over n of |x - a_n| + b_n: 1-Lipschitz, with slope 1 almost everywhere.

    Attributes:
        centres: the a_n, shape (funnels, dimension), float64.
        heights: the b_n, shape (funnels,), float64.

    Example:
        >>> two = Funnels(torch.tensor([[-1.0], [1.0]]).double(), torch.zeros(2).double())
        >>> two.value(torch.tensor([[-3.0], [0.5]]).double())
        tensor([2.0000, 0.5000], dtype=torch.float64)
    """

    centres: Tensor
    heights: Tensor

    def value(self, points: Tensor) -> Tensor:
        """Return u at points (n, dimension), of any floating dtype; shape (n,), float64."""
        points = as_points(points, self.centres.shape[1])
        active = self.active(points)
        return (points - self.centres[active]).norm(dim=1) + self.heights[active]

    def gradient(self, points: Tensor) -> Tensor:
        """Return the direction away from the active centre, shape (n, dimension); zero at a centre itself."""
        points = as_points(points, self.centres.shape[1])
        return torch.nn.functional.normalize(points - self.centres[self.active(points)], dim=1, eps=1e-300)

    def active(self, points: Tensor) -> Tensor:
        """Return which funnel attains the minimum, shape (n,), int64."""
        points = as_points(points, self.centres.shape[1])
        return torch.cat([self._nearest(part)[1] for part in self._chunks(points)])

    def rays(self, points: Tensor) -> Rays:
        """Return the ray through each point, of shape (n, dimension) and inside the cube.

        It runs from the active centre through the point, as long as the funnel stays the active one and the cube is
        not left.

        Along y + r v the active cone grows by r, cone n becomes sqrt(d^2 + 2 r p + r^2) + b_n, with
        d = |y - a_n| and p = <y - a_n, v>. They meet where (c + r)^2 = d^2 + 2 r p + r^2, with c = u(y) - b_n:
        at r = (d^2 - c^2) / (2 (c - p)) if p < c, and never otherwise, as then cone n stays above.
        """
        points = as_points(points, self.centres.shape[1])
        parts = zip(*(self._rays(part) for part in self._chunks(points)), strict=True)
        return Rays(*(torch.cat(part) for part in parts))

    def _rays(self, y: Tensor) -> Rays:
        distances, active = self._nearest(y)
        start = self.centres[active]
        below = (y - start).norm(dim=1, keepdim=True)
        axis = torch.zeros_like(y[:1])
        axis[:, 0] = 1
        v = torch.where(below > 0, (y - start) / below, axis)  # at a centre, any direction is as good
        c = (below + self.heights[active].unsqueeze(1)) - self.heights
        c.scatter_(1, active.unsqueeze(1), -torch.inf)  # the active cone does not cross itself
        excess = torch.addmm(c - (y * v).sum(dim=1, keepdim=True), v, self.centres.T)  # c - p
        crossing = (distances - c).mul_(distances.add_(c)).div_(excess).masked_fill_(excess <= 0, torch.inf)
        # The rounding of a tie between two cones must not send the point backwards.
        crossing = (crossing.amin(dim=1) / 2).clamp_(min=0)
        leaving = ((HALF_WIDTH - y * v.sign()) / v.abs()).amin(dim=1)
        return Rays(start, v, below.squeeze(1), torch.minimum(crossing, leaving))

    def _nearest(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return distances to all centres, by one matrix product, and the active funnels."""
        squares = points.square().sum(dim=1, keepdim=True) + self.centres.square().sum(dim=1)
        distances = torch.addmm(squares, points, self.centres.T, alpha=-2).clamp_(min=0).sqrt_()
        return distances, (distances + self.heights).argmin(dim=1)

    def _chunks(self, points: Tensor) -> Iterator[Tensor]:
        return iter(points.split(max(1, CHUNK // len(self.heights))))


@functools.lru_cache(maxsize=64)
def draw_funnels(dimension: int, funnels: int, seed: int) -> Funnels:
    """Draw centres uniformly in the cube and heights from N(0, 0.1^2), in float32, by the benchmark's recipe.

    With seed 987 these are the published ones, bit for bit, for dimensions 2, 4, ..., 128 and 4, 16, 64, 256 funnels.
    """
    generator = torch.Generator().manual_seed(seed)
    # The published generator first initializes a module by as many normal numbers, which are then replaced.
    torch.randn(funnels, dimension, generator=generator)
    torch.randn(funnels, generator=generator)
    centres = HALF_WIDTH * (2 * torch.rand(funnels, dimension, generator=generator) - 1)
    heights = HEIGHT_SCALE * torch.randn(funnels, generator=generator)
    return Funnels(centres.double(), heights.double())
