"""Spectral norm regularization: a constraint in one file, from outside torch-lipschitz."""

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Gt

import lipschitz


@dataclass(frozen=True, kw_only=True)
class SpectralRegularization(lipschitz.Constraint):
    r"""Large singular values cost: :math:`\frac{\lambda}{2} \sum_l \sigma(W_l)^2`, kernels flattened.

    Attributes:
        coefficient: lambda.

    References:
        Yoshida, Miyato: Spectral Norm Regularization for Improving the Generalizability of Deep Learning, 2017,
        arXiv 1705.10941, equation 4.
    """

    name = "spectral_regularization"
    family = "weight penalty"
    guarantee = "soft"

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
