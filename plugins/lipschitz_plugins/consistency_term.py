"""The consistency term of CT-GAN."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd as Dropout

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.checks import require_independent_samples
from lipschitz.critic import Critic, has_layer
from lipschitz.outputs import outputs_at
from lipschitz.sampling import penalty_points

logger = logging.getLogger("lipschitz")


@dataclass(frozen=True, kw_only=True)
class ConsistencyTerm(Constraint):
    """Two passes of a real sample through the critic's dropout should give the same score and the same features.

        coefficient * max(0, (D' - D'')^2 + feature_weight * mean (F' - F'')^2 - margin)

    D', F' and D'', F'' are scores and features of the two passes: two points close to the sample, so that the critic
    is kept from being steep at the data, where penalties on lines rarely look. The critic needs dropout (the published
    ones have rates 0.2 to 0.5), and to return its features as `lipschitz.CriticOutput`, or only scores are compared.
    Compose it with `two_sided_gradient_penalty`, as published. The masks are the critic's own randomness.

    Attributes:
        coefficient: of the term (lambda_2 in the paper).
        feature_weight: of the mean squared difference of the features.
        margin: difference that costs nothing (M' in the paper; the authors' code has 0, and would subtract it after
            multiplying by the coefficient).
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.

    References:
        Wei, Gong, Liu, Lu, Wang: Improving the Improved Training of Wasserstein GANs: A Consistency Term and Its Dual
        Effect, 2018, arXiv 1803.01541, section 3. Numbers and optimizer are those of the authors' code for CIFAR-10.
    """

    name = "consistency_term"
    family = "consistency"
    guarantee = "none"
    cost = "forward"
    published_optimizer = {"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 2.0
    feature_weight: Annotated[float, Ge(0)] = 0.1
    margin: Annotated[float, Ge(0)] = 0.0
    allow_batch_coupling: bool = False

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse critics that couple samples, and warn where there is no dropout."""
        require_independent_samples(critic, example, allow_batch_coupling=self.allow_batch_coupling)
        if not has_layer(critic, Dropout):
            logger.warning(
                "consistency_term compares two passes through the critic's dropout, and this critic has no dropout "
                "layer: the term is zero unless something else in it is random."
            )
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per real sample, shape (B,)."""
        real = penalty_points(batch, "real")
        first, second = (outputs_at(critic, real, *batch.condition) for _ in range(2))
        distance = (first.scores - second.scores).square()
        if first.features is not None and second.features is not None:
            change = (first.features - second.features).square().flatten(1).mean(1)
            distance = distance + self.feature_weight * change
        return self.coefficient * (distance - self.margin).clamp(min=0.0)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(ConsistencyTerm)
