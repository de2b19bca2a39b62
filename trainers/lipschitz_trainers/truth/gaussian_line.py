"""Two Gaussians on the line: densities, and f-divergences by quadrature."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from lipschitz_trainers.truth.base import Side
from lipschitz_trainers.truth.f_divergences import Divergence
from lipschitz_trainers.truth.gaussians import ScaledGaussiansTruth, ShiftedGaussiansTruth

REACH = 9.0
"""Standard deviations from either mean that integrals go to; beyond, densities are below 1e-18."""

NODES = 4001
"""Of the trapezoidal rule, which converges exponentially for functions that vanish so fast at both ends."""


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
        """Return D_f(P, Q) = E_Q f(p / q), by quadrature."""
        x, _, under_fake = self.nodes()
        return float((divergence.f(self.log_ratio(x).exp()) * under_fake).sum())

    def bound(self, divergence: Divergence, scores: Tensor) -> float:
        """Return the variational lower bound E_P g(v) - E_Q f*(g(v)) that a critic reaches, by quadrature.

        Args:
            divergence: whose g and f*.
            scores: v at `nodes`, shape (NODES,), float64.
        """
        _, under_real, under_fake = self.nodes()
        on_real = (divergence.activation(scores) * under_real).sum()
        return float(on_real - (divergence.conjugate_of_activation(scores) * under_fake).sum())

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
