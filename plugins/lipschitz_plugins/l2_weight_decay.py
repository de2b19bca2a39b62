"""Weight decay by squares, a baseline among the soft constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import Batch, Constraint, hookimpl, no_penalty
from lipschitz.critic import Critic
from lipschitz.layers import weights_in_use


@dataclass(frozen=True, kw_only=True)
class L2WeightDecay(Constraint):
    """The sum of the squares of all weights costs.

        coefficient * sum of w^2

    Weights are the trainable parameters of two axes or more, reparametrized ones as the critic uses them; biases, and
    gains of normalizers, cost nothing. With plain gradient descent every weight shrinks by the same share at each step.
    The term is part of the critic's loss, so it enters Adam's averages, unlike the ``weight_decay`` of AdamW.

    Nothing bounds the slope: a steep critic costs more than a flat one, and how steep it gets is settled between this
    term and the rest of the loss. The paper tried this, without giving numbers, and met the problems of
    `weight_clipping`; the default coefficient is ours.

    Attributes:
        coefficient: what a square costs.

    References:
        Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville: Improved Training of Wasserstein GANs, 2017,
        arXiv 1704.00028, section 3.
    """

    name = "l2_weight_decay"
    family = "weight decay"
    cost = "weights"
    contradicts = {
        "frobenius_norm": "the sum of squares that is to shrink stays 1 in each layer, so that the term is a constant",
        "orthogonal": "the sum of squares that is to shrink stays the smaller side of each matrix, so that the term is "
        "a constant",
    }

    coefficient: Annotated[float, Gt(0)] = 1e-3

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term for the whole critic, shape ()."""
        total = no_penalty(batch)
        for _, weight in weights_in_use(critic, self.name):
            total = total + weight.square().sum()
        return self.coefficient * total


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(L2WeightDecay)
