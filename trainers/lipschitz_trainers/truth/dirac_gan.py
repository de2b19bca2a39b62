"""The Dirac-GAN's vector fields: how gradient descent moves a point and the slope of a linear critic.

The data is the point 0, the generator the point theta, and the critic D(x) = psi x, high for generated samples. The one
equilibrium is theta = psi = 0. Source: Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually
Converge?", 2018, arXiv 1801.04406, section 2 and appendix D, with the authors' notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Game: TypeAlias = Literal["minimax", "non_saturating", "wasserstein"]
NODES = 64
"""Of the quadrature over instance noise."""


def no_damping(psi: Array) -> Array:
    """Return what no penalty adds to the velocity of psi."""
    return np.zeros_like(psi)


@dataclass(frozen=True)
class DiracField:
    """The velocities of theta and psi in one game under one constraint.

    Attributes:
        game: the losses of both players.
        damping: minus the derivative of the critic's penalty by psi.
        bound: psi is clipped to [-bound, bound] after each step; None for no clipping.
        noise: standard deviation of Gaussian noise on real and generated samples.

    Example:
        >>> DiracField("wasserstein")(np.array([1.0]), np.array([2.0]))
        (array([-2.]), array([1.]))
    """

    game: Game
    damping: Callable[[Array], Array] = no_damping
    bound: float | None = None
    noise: float = 0.0

    def __call__(self, theta: Array, psi: Array) -> tuple[Array, Array]:
        """Return d theta / dt and d psi / dt, shaped like theta and psi."""
        if self.noise == 0:
            by_theta, by_psi = _pull(self.game, theta, psi)
        else:
            by_theta, by_psi = self._expected(theta, psi)
        return by_theta, by_psi + self.damping(psi)

    def _expected(self, theta: Array, psi: Array) -> tuple[Array, Array]:
        """Return the pulls on average over the noise, by Gauss-Hermite quadrature."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        weights = weights / weights.sum()
        by_theta, by_psi = np.zeros_like(theta), np.zeros_like(psi)
        for node, weight in zip(nodes, weights, strict=True):
            shift = self.noise * node
            of_fake, by_fake = _pull(self.game, theta + shift, psi)
            by_theta += weight * of_fake
            by_psi += weight * (by_fake + _by_real(self.game, np.full_like(theta, shift), psi))
        return by_theta, by_psi


def _pull(game: Game, theta: Array, psi: Array) -> tuple[Array, Array]:
    """Return the velocities by a generated sample at theta."""
    product = psi * theta
    if game == "wasserstein":
        return -psi, theta
    generator = -psi * (_s(product) if game == "minimax" else _s(-product))
    return generator, theta * _s(product)


def _by_real(game: Game, x: Array, psi: Array) -> Array:
    """Return the velocity of psi by a real sample at x."""
    return -x if game == "wasserstein" else -x * _s(-psi * x)


def _s(t: Array) -> Array:
    """Return 1 / (1 + exp(t))."""
    return np.exp(-np.logaddexp(0.0, t))
