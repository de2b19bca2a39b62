"""Clipping of Euclidean norms of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from annotated_types import Gt
from torch import nn

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.checks import require_plain_weights
from lipschitz.layers import weights_in_use
from lipschitz.projections import project_joint_l2_ball


@dataclass(frozen=True, kw_only=True)
class L2NormClipping(Constraint):
    """After every critic step the Euclidean norm of each weight, or of all together, is clipped to a bound.

        w <- w min(1, bound / |w|_2)

    Weights are the trainable parameters of two axes or more; biases, and gains of normalizers, stay free. A matrix has
    no larger a spectral norm than its Euclidean (Frobenius) norm, so L linear layers, each clipped to c, have slopes of
    at most c^L; clipped together, of at most (c / sqrt(L))^L. How far below they end depends on the weights, and
    for convolutions there is a factor besides, up to the square root of the kernel's size: scores, and the estimate of
    W1, are in units of the constant that results.

    The paper tried this, without giving numbers, and met the problems of `weight_clipping`.

    Attributes:
        bound: the largest norm.
        scope: whose norm: that of each ``layer``'s weight (of each, where a layer has several), or of ``all`` together.

    References:
        Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville: Improved Training of Wasserstein GANs, 2017,
        arXiv 1704.00028, section 3.
    """

    name = "l2_norm_clipping"
    family = "projection"
    guarantee = "hard"
    changes = frozenset({"weights"})
    cost = "weights"

    bound: Annotated[float, Gt(0)] = 1.0
    scope: Literal["layer", "all"] = "layer"

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse reparametrized weights: clipping the raw parameter would not clip the weight."""
        require_plain_weights(critic, self.name)
        return critic

    @torch.no_grad()
    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Scale the weights in place."""
        weights = [weight for _, weight in weights_in_use(critic, self.name)]
        groups = [[weight] for weight in weights] if self.scope == "layer" else [weights] if weights else []
        for group in groups:
            for weight, projected in zip(group, project_joint_l2_ball(group, self.bound), strict=True):
                weight.copy_(projected)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(L2NormClipping)
