"""The least-squares objective."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class LeastSquares(Objective):
    """Scores are regressed on codes: the critic minimizes (D(real) - b)^2 / 2 + (D(fake) - a)^2 / 2.

    The generator minimizes (D(fake) - c)^2 / 2. With b - c = 1 and b - a = 2 the game minimizes a Pearson
    chi-squared divergence; 0/1 coding is the common choice.

    Attributes:
        fake_code: a.
        real_code: b.
        generator_code: c.

    References:
        Mao et al.: Least Squares Generative Adversarial Networks, 2017, arXiv 1611.04076, equations 2 and 9.
    """

    name = "least_squares"
    fake_code: float = 0.0
    real_code: float = 1.0
    generator_code: float = 1.0

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return half the two squared errors of each pair, shape (B,)."""
        return 0.5 * (real.scores - self.real_code).square() + 0.5 * (fake.scores - self.fake_code).square()

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return half the squared error to the generator's code, shape (B,)."""
        return 0.5 * (fake.scores - self.generator_code).square()
