"""The least-squares objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import Batch, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class LeastSquares(Objective):
    """Scores are regressed on codes: the critic minimizes (D(real) - b)^2 / 2 + (D(fake) - a)^2 / 2.

    The generator minimizes (D(fake) - c)^2 / 2. With b - c = 1 and b - a = 2, such as a = -1, b = 1, c = 0, the game
    minimizes a Pearson chi-squared divergence; the default, 0/1 coding, is the common choice.

    Attributes:
        fake_code: a.
        real_code: b.
        generator_code: c.
        generator_weight: factor on the generator's squared error; 1 in the code of Gulrajani et al. 2017,
            arXiv 1704.00028.

    References:
        Mao et al.: Least Squares Generative Adversarial Networks, 2017, arXiv 1611.04076, equations 2 and 9.
    """

    name = "least_squares"
    fake_code: float = 0.0
    real_code: float = 1.0
    generator_code: float = 1.0
    generator_weight: Annotated[float, Gt(0)] = 0.5

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return half the two squared errors of each pair, shape (B,)."""
        return 0.5 * (real.scores - self.real_code).square() + 0.5 * (fake.scores - self.fake_code).square()

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the weighted squared error to the generator's code, shape (B,)."""
        return self.generator_weight * (fake.scores - self.generator_code).square()
