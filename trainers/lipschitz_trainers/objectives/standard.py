"""The standard GAN game on logits, with two losses for the generator."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class Minimax(Objective):
    """The minimax game: both sides play log D(real) + log(1 - D(fake)), scores being the logits of D.

    The generator's gradient vanishes where the critic is sure.

    References:
        Goodfellow et al.: Generative Adversarial Nets, 2014, arXiv 1406.2661, equation 1.
    """

    name = "minimax"

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the two cross-entropies of each pair added up, shape (B,)."""
        return softplus(-real.scores) + softplus(fake.scores)

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return log(1 - D), shape (B,)."""
        return -softplus(fake.scores)


@dataclass(frozen=True, kw_only=True)
class NonSaturating(Minimax):
    """The standard ("vanilla") GAN as it is trained: the generator minimizes -log D(fake).

    References:
        Goodfellow et al.: Generative Adversarial Nets, 2014, arXiv 1406.2661, section 3.
    """

    name = "non_saturating"

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return -log D, shape (B,)."""
        return softplus(-fake.scores)


@dataclass(frozen=True, kw_only=True)
class DCGAN(NonSaturating):
    """The standard GAN with the critic's two cross-entropies averaged, not added up.

    The paper's DCGANs are trained with it: beside `non_saturating`, the critic's gradients are half as large.

    References:
        Radford, Metz, Chintala: Unsupervised Representation Learning with Deep Convolutional GANs, 2015,
        arXiv 1511.06434; the average is that of the code of Gulrajani et al. 2017, arXiv 1704.00028.
    """

    name = "dcgan"

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return half the sum of the two cross-entropies of each pair, shape (B,)."""
        return super().critic_loss(real, fake, batch) / 2
