"""Hypersurfaces that are the graph of a sum of waves, and how far their normals reach."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Waves:
    r"""The graph of h(z) = a sum over k of sin(<w_k, z> + p_k), turned in space.

    Attributes:
        frequencies: the w_k, shape (waves, dimension - 1), float64.
        phases: the p_k, shape (waves,), float64.
        amplitude: a.
        turn: rows are the axes of z and, last, the one along which h is measured: shape (dimension, dimension).
    """

    frequencies: Tensor
    phases: Tensor
    amplitude: float
    turn: Tensor

    @property
    def curvature(self) -> float:
        """A bound of the second derivative of h: no eigenvalue of its Hessian is larger in absolute value.

        The Hessian is a sum of -a sin(...) w_k w_k', which lies between -S and S for S = a sum of w_k w_k'.
        """
        return self.amplitude * float(torch.linalg.matrix_norm(self.frequencies, ord=2)) ** 2

    def height(self, z: Tensor) -> Tensor:
        """Return h at z of shape (n, dimension - 1); shape (n,)."""
        return self.amplitude * (z @ self.frequencies.T + self.phases).sin().sum(dim=1)

    def slope(self, z: Tensor) -> Tensor:
        """Return the gradient of h, shape (n, dimension - 1)."""
        return self.amplitude * (z @ self.frequencies.T + self.phases).cos() @ self.frequencies

    def foot(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the surface's points over z and its upward unit normals there, shape (n, dimension) each."""
        slope = self.slope(z)
        upward = torch.cat([-slope, torch.ones(len(z), 1, dtype=z.dtype)], dim=1)
        point = torch.cat([z, self.height(z).unsqueeze(1)], dim=1)
        return point @ self.turn, torch.nn.functional.normalize(upward, dim=1) @ self.turn


@functools.lru_cache(maxsize=64)
def draw_waves(dimension: int, waves: int, frequency: float, slope: float, seed: int) -> Waves:
    """Draw a surface.

    Args:
        dimension: of space, at least 2.
        waves: how many.
        frequency: mean length of the w_k; they are uniform in direction and from 1/2 to 3/2 of it in length.
        slope: root mean square of the gradient of h over all phases.
        seed: of all draws.
    """
    generator = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(_normal(waves, dimension - 1, generator), dim=1)
    lengths = frequency * (0.5 + torch.rand(waves, 1, generator=generator, dtype=torch.float64))
    phases = 2 * math.pi * torch.rand(waves, generator=generator, dtype=torch.float64)
    turn = torch.linalg.qr(_normal(dimension, dimension, generator)).Q
    # cos^2 is 1/2 on average, and waves of different phases are independent.
    amplitude = slope / math.sqrt(float(lengths.square().sum()) / 2)
    return Waves(lengths * directions, phases, amplitude, turn)


def _normal(n: int, dimension: int, generator: torch.Generator) -> Tensor:
    return torch.randn(n, dimension, generator=generator, dtype=torch.float64)
