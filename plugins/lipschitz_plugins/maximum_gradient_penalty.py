"""The maximum gradient penalty of Lipschitz GANs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import Batch, hookimpl
from lipschitz.critic import Critic
from lipschitz.penalties import zero_centered
from lipschitz.ranks import is_shared, largest_over_ranks, rank_count, sum_over_ranks
from lipschitz.sampling import Points
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class MaximumGradientPenalty(SlopePenalty):
    """The steepest point of the batch pays for all: its slope estimates the Lipschitz constant from below.

        coefficient * max |grad D(point)|^2,   point = e * real + (1 - e) * fake,   e ~ U[0, 1]

    Penalizes the constant itself rather than its excess, so that of the optimal critic depends on the coefficient: the
    estimate of W1 is in units of it. One number for the batch of a step, over all processes.

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper); 1 in the authors' code.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Zhou, Liang, Song, Yu, Wang, Zhang, Yu, Zhang: Lipschitz Generative Adversarial Nets, 2019, arXiv 1902.05687.
        Zhou et al.: Towards Efficient and Unbiased Implementation of Lipschitz Continuity in GANs, 2019, arXiv
        1904.01184, which penalizes the distance of the same maximum from a target. Checked against the authors' code,
        which can keep the steepest points for the next step; not against the papers.
    """

    name = "maximum_gradient_penalty"
    per_sample = False

    coefficient: Annotated[float, Gt(0)] = 1.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one number for the batch, a scalar."""
        largest = self.slopes(critic, batch).amax()
        value = self.coefficient * zero_centered(largest)
        if not is_shared(batch):
            return value
        # Each process averages with the others: those that hold the steepest point pay for all of them.
        mine = (largest.detach() == largest_over_ranks(largest)).to(value.dtype)
        return value * mine * (rank_count() / sum_over_ranks(mine))


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(MaximumGradientPenalty)
