"""Spectral norm regularization: a constraint in one file, from outside torch-lipschitz."""

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Gt

import lipschitz


@dataclass(frozen=True, kw_only=True)
class SpectralRegularization(lipschitz.Constraint):
    """Large singular values of the weights cost (kernels flattened).

        coefficient / 2 * sum over layers of s(W)^2,   s: largest singular value

    Attributes:
        coefficient: weight of the term (lambda in the paper).

    References:
        Yoshida, Miyato: Spectral Norm Regularization for Improving the Generalizability of Deep Learning, 2017,
        arXiv 1705.10941, equation 4.
    """

    name = "spectral_regularization"
    family = "weight penalty"
    guarantee = "soft"
    cost = "weights"

    coefficient: Annotated[float, Gt(0)] = 0.01

    def penalty(self, critic, batch):
        """Return one scalar: the term does not look at samples."""
        weights = [p.flatten(1) for p in critic.parameters() if p.ndim > 1]
        norms = torch.stack([torch.linalg.matrix_norm(weight, ord=2) for weight in weights])
        return 0.5 * self.coefficient * norms.square().sum()


@lipschitz.hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(SpectralRegularization)
