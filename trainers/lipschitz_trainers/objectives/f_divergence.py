"""The f-GAN objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.truth.f_divergences import DIVERGENCES, DivergenceName


@dataclass(frozen=True, kw_only=True)
class FDivergence(Objective):
    """The f-GAN game: the critic minimizes f*(g(D(fake))) - g(D(real)), minus a lower bound of a divergence.

    g turns any score into the range that the conjugate f* takes, and increases: scores are high for real samples
    under every divergence. In the optimum g(D(x)) = f'(p(x) / q(x)), for densities p of real, q of generated samples.

    Where one density vanishes, the scores of an optimal critic are unbounded, and so are the divergences but
    ``squared_hellinger``, ``jensen_shannon``, ``gan`` and ``total_variation``. The losses of ``kl``, ``reverse_kl``,
    ``neyman`` and ``squared_hellinger`` are exponential in the score: beyond about 88, or 175 for ``neyman``'s fakes,
    their values exceed float32. ``gan`` is `Minimax`, and with the default generator loss `NonSaturating`.

    Attributes:
        divergence: which one, in both directions for Kullback-Leibler (``kl``, ``reverse_kl``) and for chi-squared
            (``pearson``, ``neyman``); ``gan`` is 2 JS - log 4.
        generator: ``non_saturating``, the generator minimizes -g(D(fake)), as the authors recommend; or
            ``saturating``, -f*(g(D(fake))), the bound itself.

    References:
        Nowozin, Cseke, Tomioka: f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization,
        2016, arXiv 1606.00709, equation 7, table 6 and section 3.2.
    """

    name = "f_divergence"
    divergence: DivergenceName = "jensen_shannon"
    generator: Literal["non_saturating", "saturating"] = "non_saturating"

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the negative bound of each pair, shape (B,)."""
        divergence = DIVERGENCES[self.divergence]
        return divergence.conjugate_of_activation(fake.scores) - divergence.activation(real.scores)

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return -g(D) or -f*(g(D)), shape (B,)."""
        divergence = DIVERGENCES[self.divergence]
        if self.generator == "saturating":
            return -divergence.conjugate_of_activation(fake.scores)
        return -divergence.activation(fake.scores)
