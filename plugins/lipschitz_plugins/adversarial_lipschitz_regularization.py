"""Adversarial Lipschitz regularization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz import Batch, Constraint, FieldError, hookimpl, one_sided
from lipschitz.adversarial import adversarial_directions, gaussian_directions, moved
from lipschitz.checks import require_independent_samples
from lipschitz.critic import Critic
from lipschitz.quotients import score_quotients
from lipschitz.sampling import WHOLE_BATCH, BatchPlace, penalty_points
from lipschitz.slope_penalty import InputNorm


@dataclass(frozen=True, kw_only=True)
class AdversarialLipschitzRegularization(Constraint):
    """Slopes from a sample in the direction in which the score changes most; what exceeds the target costs, squared.

        coefficient * max(0, |D(x) - D(x + r)| / |r| - target)^2,   r = s * d,   s ~ U[shortest, longest]

    d starts as a random direction of length 1 and turns to the gradient of |D(x) - D(x + distance * d)|, as often as
    there are iterations. Half of the x are real, half fake: each pair contributes one of its two samples, by the toss
    of a coin. Violations are squared sample by sample and then averaged. No second derivative is taken.

    Numbers and optimizer are those of the authors' code, not checked against the paper's text. That code takes both
    samples of each pair, starts from a uniform direction, and clips x + r to the range of its images.

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the largest slope that costs nothing (K in the paper).
        shortest: smallest length of r, in units of the data (epsilon in the paper, from here to the longest).
        longest: largest length of r.
        distance: how far to look for the direction, in units of the data (xi in the paper).
        iterations: how often the direction turns.
        points: what x are: of ``both`` real and fake samples as published, or others as in `gradient_penalty`.
        norm: of the space of samples, from 1 to inf, in which r is measured.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.

    References:
        Terjek: Adversarial Lipschitz Regularization, 2020, arXiv 1907.05681, section 3.
    """

    name = "adversarial_lipschitz_regularization"
    family = "pairs of points"
    guarantee = "soft"
    cost = "forward"
    published_optimizer = {"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    shortest: Annotated[float, Gt(0)] = 0.1
    longest: Annotated[float, Gt(0)] = 10.0
    distance: Annotated[float, Gt(0)] = 10.0
    iterations: Annotated[int, Ge(0)] = 1
    points: BatchPlace = "both"
    norm: InputNorm = 2.0
    allow_batch_coupling: bool = False

    def __post_init__(self) -> None:
        """Refuse an empty range of lengths, and note whether the place depends on the batch as a whole."""
        if self.longest < self.shortest:
            raise FieldError(
                f"longest must be at least shortest ({self.shortest!r}), got {self.longest!r}: lengths are drawn "
                f"between the two."
            )
        if self.points in WHOLE_BATCH:
            object.__setattr__(self, "per_sample", False)

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse critics that couple samples: their scores are no function of one sample."""
        require_independent_samples(critic, example, allow_batch_coupling=self.allow_batch_coupling)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per sample, shape (B,)."""
        points = penalty_points(batch, self.points)
        directions = adversarial_directions(
            critic,
            points,
            gaussian_directions(batch),
            *batch.condition,
            distance=self.distance,
            iterations=self.iterations,
            engine="batched" if self.allow_batch_coupling else "auto",
        )
        lengths = self.shortest + (self.longest - self.shortest) * batch.uniform()
        ends = moved(points, directions, lengths)
        slopes = score_quotients(critic, points, ends, *batch.condition, norm=float(self.norm))
        return self.coefficient * one_sided(slopes, self.target)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(AdversarialLipschitzRegularization)
