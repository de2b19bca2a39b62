"""The loss-sensitive objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le
from torch import Tensor
from torch.nn.functional import leaky_relu

from lipschitz import Batch, CriticOutput
from lipschitz.trees import leaves
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class LossSensitive(Objective):
    """Loss-Sensitive GAN: a loss L = -D, lower for a real sample than for a fake one by a margin, their distance.

    The critic minimizes c(margin + L(real) - L(fake)) + real_weight L(real), where c(a) is a for a > 0, else slope a,
    and margin is `coefficient` times the L1 distance of the pair; the generator minimizes L(fake). Pairs that are far
    enough apart are left alone, so the critic works on fakes that lie far from the data.

    With slope 1 it is the Wasserstein objective, up to the mean margin, which does not depend on the critic.

    Attributes:
        coefficient: of the L1 distance, the sum over all coordinates; it only sets the unit of the scores. The
            authors' code has 2e-4, for images of 64 x 64.
        slope: 0 for LS-GAN, 1 for WGAN, others for the generalized GLS-GAN.
        real_weight: of the real samples' own loss; 0 in the authors' code.

    References:
        Qi: Loss-Sensitive Generative Adversarial Networks on Lipschitz Densities, 2017, arXiv 1701.06264, equations 6
        and 7; the generalized form in appendix D.
    """

    name = "loss_sensitive"
    coefficient: Annotated[float, Ge(0)] = 1.0
    slope: Annotated[float, Le(1)] = 0.0
    real_weight: Annotated[float, Ge(0)] = 0.0

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the cost of each pair, shape (B,).

        Raises:
            BatchError: there are no fakes.
        """
        excess = self.margin(batch) + fake.scores - real.scores
        return leaky_relu(excess, self.slope) - self.real_weight * real.scores

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the loss L of the samples, their negative scores, shape (B,)."""
        return -fake.scores

    def margin(self, batch: Batch) -> Tensor:
        """Return by how much each real sample's loss is to be lower than that of its fake partner, shape (B,)."""
        pairs = zip(leaves(batch.real), leaves(batch.require_fake(self.name)), strict=True)
        distances = [(real - fake).abs().flatten(1).sum(dim=1) for real, fake in pairs]
        return self.coefficient * sum(distances[1:], start=distances[0])
