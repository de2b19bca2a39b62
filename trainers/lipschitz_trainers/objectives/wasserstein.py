"""The Wasserstein objective."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class Wasserstein(Objective):
    """Scores themselves: the critic minimizes D(fake) - D(real), the generator -D(fake).

    The negative critic loss estimates the Wasserstein-1 distance, up to the critic's Lipschitz constant.

    References:
        Arjovsky, Chintala, Bottou: Wasserstein GAN, 2017, arXiv 1701.07875, algorithm 1.
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, algorithm 1.
    """

    name = "wasserstein"

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the score of each fake sample minus that of its real partner, shape (B,)."""
        return fake.scores - real.scores

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the negative scores, shape (B,)."""
        return -fake.scores
