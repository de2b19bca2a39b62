"""Two Gaussians on the line: densities, and f-divergences by quadrature."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lipschitz_trainers.truth.base import Side
from lipschitz_trainers.truth.f_divergences import Divergence
from lipschitz_trainers.truth.gaussians import ScaledGaussiansTruth, ShiftedGaussiansTruth

REACH = 9.0
"""Standard deviations from either mean that integrals go to; beyond, densities are below 1e-18."""

NODES = 4001
"""Of the trapezoidal rule, which converges exponentially for functions that vanish so fast at both ends."""

PANELS_PER_STD, NODES_PER_PANEL = 2, 16
"""Of the Gauss-Legendre rule for divergences."""


class GaussianLine(NamedTuple):
    """The real samples' distribution P and the generated samples' distribution Q, both Gaussian, on the line.

    Attributes:
        real_mean: of P.
        real_std: of P, positive.
        fake_mean: of Q.
        fake_std: of Q, positive.

    Example:
        >>> from lipschitz_trainers.truth.f_divergences import DIVERGENCES
        >>> round(GaussianLine(0.0, 1.0, 1.0, 1.0).divergence(DIVERGENCES["kl"]), 6)
        0.5
    """

    real_mean: float
    real_std: float
    fake_mean: float
    fake_std: float

    def log_ratio(self, x: Tensor) -> Tensor:
        """Return log p / q at any places."""
        return self._log_density(x, "real") - self._log_density(x, "fake")

    def nodes(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return places, weights of an integral under P, and weights of one under Q; all of shape (NODES,), float64."""
        low = min(self.real_mean - REACH * self.real_std, self.fake_mean - REACH * self.fake_std)
        high = max(self.real_mean + REACH * self.real_std, self.fake_mean + REACH * self.fake_std)
        x = torch.linspace(low, high, NODES, dtype=torch.float64)
        step = (high - low) / (NODES - 1)
        return x, self._log_density(x, "real").exp() * step, self._log_density(x, "fake").exp() * step

    def divergence(self, divergence: Divergence) -> float:
        """Return D_f(P, Q) = E_Q f(p / q), by quadrature; infinity where it is infinite, or exceeds float64.

        Of integrands with a part like p^a q^(1 - a) = exp(-k x^2 / 2 + ...) the integral is infinite unless k > 0; the
        part is then a Gaussian again, maybe far from both, and integrated where it is.
        """
        bumps = [self._bump(power) for power in divergence.powers]
        if any(bump is None for bump in bumps):
            return math.inf
        x, weights = self._panels([bump for bump in bumps if bump is not None])
        values = divergence.integrand(self._log_density(x, "real"), self._log_density(x, "fake"))
        return float((values * weights).sum())

    def bound(self, divergence: Divergence, scores: Tensor) -> float:
        """Return the variational lower bound E_P g(v) - E_Q f*(g(v)) that a critic reaches, by quadrature.

        Args:
            divergence: whose g and f*.
            scores: v at `nodes`, shape (NODES,), float64.
        """
        _, under_real, under_fake = self.nodes()
        on_real = (divergence.activation(scores) * under_real).sum()
        return float(on_real - (divergence.conjugate_of_activation(scores) * under_fake).sum())

    def _bump(self, power: float) -> tuple[float, float] | None:
        """Return mean and standard deviation of the Gaussian that p^a q^(1 - a) is proportional to; None if of none."""
        # In units of P around its mean, where 1 / std^2 neither over- nor underflows as long as the ratio does not.
        ratio, distance = self.real_std / self.fake_std, (self.fake_mean - self.real_mean) / self.real_std
        precision = power + (1 - power) * ratio**2
        if precision <= 0:
            return None
        mean = (1 - power) * ratio**2 * distance / precision
        return self.real_mean + self.real_std * mean, self.real_std / math.sqrt(precision)

    def _crossings(self) -> list[float]:
        """Return the places where both densities are equal: at most two."""
        ratio, distance = self.real_std / self.fake_std, (self.fake_mean - self.real_mean) / self.real_std
        # log p / q is a y^2 / 2 + b y + c at y standard deviations of P from its mean.
        a, b, c = ratio**2 - 1, -(ratio**2) * distance, (ratio * distance) ** 2 / 2 - math.log(ratio)
        t = -(b + math.copysign(math.sqrt(max(b * b - 2 * a * c, 0.0)), b))
        found = ([t / a] if a != 0 else []) + ([2 * c / t] if t != 0 else [])
        return [self.real_mean + self.real_std * y for y in found]

    def _panels(self, bumps: list[tuple[float, float]]) -> tuple[Tensor, Tensor]:
        """Return nodes and weights of a rule that resolves all bumps, whatever their distance and widths, and kinks."""
        steps = np.linspace(-REACH, REACH, round(2 * REACH * PANELS_PER_STD) + 1)
        edges = np.concatenate([mean + std * steps for mean, std in bumps])
        kinks = [x for x in self._crossings() if edges.min() < x < edges.max()]
        edges = np.unique(np.concatenate([edges, kinks]))
        at, weights = np.polynomial.legendre.leggauss(NODES_PER_PANEL)
        half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
        return torch.from_numpy((middle + half * at).ravel()), torch.from_numpy((half * weights).ravel())

    def _log_density(self, x: Tensor, which: str) -> Tensor:
        mean, std = (self.real_mean, self.real_std) if which == "real" else (self.fake_mean, self.fake_std)
        return -(((x - mean) / std).square() / 2 + math.log(std * math.sqrt(2 * math.pi)))


def gaussian_line(real: Side | None, fake: Side | None) -> GaussianLine | None:
    """Return two distributions as Gaussians on the line; None if they are not both sides of such a pair.

    Args:
        real: where the real samples come from.
        fake: where the generated ones come from.
    """
    if real is None or fake is None or not real.is_opposite(fake) or real.truth.dimension != 1:
        return None
    truth = real.truth
    if isinstance(truth, ShiftedGaussiansTruth) and truth.std > 0:
        p, q = (0.0, truth.std), (float(truth.distance * truth.direction[0]), truth.std)
    elif isinstance(truth, ScaledGaussiansTruth):
        p, q = (0.0, truth.std), (0.0, truth.wide_std)
    else:
        return None
    return GaussianLine(*p, *q) if real.name == "p" else GaussianLine(*q, *p)
