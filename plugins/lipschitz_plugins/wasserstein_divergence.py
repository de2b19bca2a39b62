"""The gradient penalty of Wasserstein divergences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import hookimpl
from lipschitz.sampling import Points
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class WassersteinDivergence(SlopePenalty):
    """A power of the gradient norm, without a target: the critic's loss is minus the Wasserstein divergence.

        coefficient * |grad D(point)|^power,   point = e * real + (1 - e) * fake,   e ~ U[0, 1]

    No Lipschitz constant is enforced: with the objective of WGAN and the default numbers, an optimal slope over a
    distance d is (d / (coefficient * power))^(1 / (power - 1)), close to 0.6 for distances near 1.

    Attributes:
        coefficient: k in the paper; the authors' code has 10.
        power: p in the paper, above 1; 6 in the authors' code.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Wu, Huang, Thoma, Acharya, Van Gool: Wasserstein Divergence for GANs, 2018, arXiv 1712.01026, section 3. The
        optimizer is that of the authors' code; k = 2 is what other implementations quote, not checked in the paper.
    """

    name = "wasserstein_divergence"
    published_optimizer = {"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 2.0
    power: Annotated[float, Gt(1)] = 6.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def shaped(self, slopes: Tensor) -> Tensor:
        """Return the norms to the power."""
        return slopes.pow(self.power)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(WassersteinDivergence)
