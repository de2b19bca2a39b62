"""Projection of weight matrices onto a ball of the spectral norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Gt
from torch import nn

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.checks import require_plain_weights
from lipschitz.layers import (
    as_matrix,
    from_matrix,
    output_axis,
    warn_of_free_weights,
    weight_of,
    weighted_layers,
)
from lipschitz.projections import project_spectral_ball


@dataclass(frozen=True, kw_only=True)
class SpectralBallProjection(Constraint):
    """After every critic step the singular values of each weight matrix are clipped to a radius.

        W = U diag(s) V'   ->   U diag(min(s, radius)) V'

    The nearest matrix in the ball, unlike the quotient that `spectral_norm` takes: small singular values stay as they
    are, and so do all matrices inside. A fully connected critic with 1-Lipschitz activations is Lipschitz with constant
    radius^layers from the first projection on. Convolution kernels are flattened to (out, in * k * k), as for
    `spectral_norm`; the true norm of the convolution is larger, by up to the square root of the kernel's size.

    Each layer needs a singular value decomposition a step: about 0.1 s for 512 x 512 on one core.

    Attributes:
        radius: the largest singular value.

    References:
        Gouk, Frank, Pfahringer, Cree: Regularisation of Neural Networks by Enforcing Lipschitz Continuity, 2021,
        arXiv 1804.04368, which divides by the norm; clipping the singular values is the projection proper, see Sedghi,
        Gupta, Long: The Singular Values of Convolutional Layers, 2019, arXiv 1805.10408, section 3.
    """

    name = "spectral_ball_projection"
    family = "projection"
    guarantee = "hard"
    changes = frozenset({"weights"})
    cost = "weights"
    contradicts = {
        "weight_clipping": "clipping entries can raise singular values and clipping singular values can raise entries, "
        "so that after both the weights keep one bound only, and no projection is the last"
    }

    radius: Annotated[float, Gt(0)] = 1.0

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse reparametrized weights, and critics without a linear or convolution layer."""
        require_plain_weights(critic, self.name)
        warn_of_free_weights(critic, weighted_layers(critic, self.name), self.name)
        return critic

    @torch.no_grad()
    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Project the weight of every linear and convolution layer in place."""
        for layer in weighted_layers(critic, self.name).values():
            weight, axis = weight_of(layer), output_axis(layer)
            matrix = project_spectral_ball(as_matrix(weight, axis), self.radius)
            weight.copy_(from_matrix(matrix, weight.shape, axis))


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(SpectralBallProjection)
