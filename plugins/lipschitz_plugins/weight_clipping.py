"""The constraint of the original Wasserstein GAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import nn

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.checks import require_plain_weights
from lipschitz.projections import clip_


@dataclass(frozen=True, kw_only=True)
class WeightClipping(Constraint):
    """After every critic step each parameter is clipped to [-bound, bound].

        w <- min(max(w, -bound), bound)

    Weights, biases and the parameters of normalizers alike, as in the authors' code. The critic is then
    Lipschitz with SOME constant, which depends on its architecture: scores, and the estimate of W1, are in
    units of that constant.

    Attributes:
        bound: the largest absolute value of a parameter.

    References:
        Arjovsky, Chintala, Bottou: Wasserstein GAN, 2017, arXiv 1701.07875, algorithm 1.
    """

    name = "weight_clipping"
    family = "projection"
    guarantee = "hard"
    changes = frozenset({"weights"})
    cost = "weights"
    published_optimizer = {"name": "rmsprop", "lr": 5e-5}

    bound: Annotated[float, Gt(0)] = 0.01

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse reparametrized weights: clipping the raw parameter would not clip the weight."""
        require_plain_weights(critic, self.name)
        return critic

    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Clip every parameter in place."""
        clip_(critic.parameters(), self.bound)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(WeightClipping)
