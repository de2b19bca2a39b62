"""The Lipschitz condition itself, on pairs of real and fake samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz import Batch, Constraint, hookimpl, one_sided
from lipschitz.checks import require_independent_samples
from lipschitz.critic import Critic
from lipschitz.quotients import score_quotients
from lipschitz.sampling import penalty_points
from lipschitz.slope_penalty import InputNorm


@dataclass(frozen=True, kw_only=True)
class LipschitzQuotientPenalty(Constraint):
    """Slopes between paired real and fake samples above the target cost; no gradient by the input is taken.

        coefficient * max(0, |D(real) - D(fake)| / |real - fake| - target)^2

    Sees average slopes along whole segments, never what is steep within one, and nothing between pairs that lie far
    apart: weaker than gradient penalties, and cheaper.

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the largest slope that costs nothing.
        norm: of the space of samples, from 1 to inf.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.

    References:
        Petzka, Fischer, Lukovnikov: On the regularization of Wasserstein GANs, 2018, arXiv 1709.08894. Section and
        coefficient were not checked against the paper; the form is that of the authors' code.
    """

    name = "lipschitz_quotient_penalty"
    family = "pairs of points"
    guarantee = "soft"
    cost = "forward"

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    norm: InputNorm = 2.0
    allow_batch_coupling: bool = False

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse critics that couple samples: their scores are no function of one sample."""
        require_independent_samples(critic, example, allow_batch_coupling=self.allow_batch_coupling)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per pair, shape (B,)."""
        fake = batch.require_fake("a penalty on pairs of real and fake samples")
        real = penalty_points(batch, "real")
        slopes = score_quotients(critic, real, fake, *batch.condition, norm=float(self.norm))
        return self.coefficient * one_sided(slopes, self.target)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(LipschitzQuotientPenalty)
