"""The hinge objective."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class Hinge(Objective):
    """Margins of one: the critic minimizes max(0, 1 - D(real)) + max(0, 1 + D(fake)), the generator -D(fake).

    References:
        Lim, Ye: Geometric GAN, 2017, arXiv 1705.02894, section 3.
        Miyato et al.: Spectral Normalization for Generative Adversarial Networks, 2018, arXiv 1802.05957, eq. 16, 17.
    """

    name = "hinge"

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the two hinges of each pair added up, shape (B,)."""
        return relu(1 - real.scores) + relu(1 + fake.scores)

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the negative scores, shape (B,)."""
        return -fake.scores
