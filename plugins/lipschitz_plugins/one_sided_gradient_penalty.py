"""The gradient penalty of WGAN-LP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz import Batch, Constraint, FieldError, hookimpl, one_sided
from lipschitz.critic import Critic
from lipschitz.diagnosis import require_trainable_slopes
from lipschitz.sampling import Points
from lipschitz.slopes import slopes_at


@dataclass(frozen=True, kw_only=True)
class OneSidedGradientPenalty(Constraint):
    """Gradient norms above the target cost, smaller ones do not: what a Lipschitz bound asks for.

        coefficient * max(0, |grad D(point)| - target)^2,   point = e * real + (1 - e) * fake,   e ~ U[0, 1]

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the largest gradient norm that costs nothing, t.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch it sees (over
            several processes: of each one's part).
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.
        violators_only: take the second derivative of the samples above the target only: the others add nothing to it.
            Pays where fewer than about half are; not in compiled steps. With dropout, each stage has masks of its own.

    References:
        Petzka, Fischer, Lukovnikov: On the regularization of Wasserstein GANs, 2018, arXiv 1709.08894, section 5.
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, appendix C.
    """

    name = "one_sided_gradient_penalty"
    family = "gradient penalty"
    guarantee = "soft"
    published_optimizer = {"name": "adam", "lr": 1e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None
    violators_only: bool = False

    def __post_init__(self) -> None:
        """Note that points around the data depend on the batch as a whole."""
        if self.allow_batch_coupling and (self.memory_budget is not None or self.violators_only):
            raise FieldError(
                "allow_batch_coupling needs the batch as a whole, so it cannot be computed in parts: "
                "drop memory_budget and violators_only."
            )
        object.__setattr__(self, "per_sample", self.points != "around_real")

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse critics that couple samples, or whose slopes cannot be differentiated."""
        require_trainable_slopes(critic, example, allow_batch_coupling=self.allow_batch_coupling)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per sample, shape (B,)."""
        slopes = slopes_at(
            critic,
            batch,
            self.points,
            allow_batch_coupling=self.allow_batch_coupling,
            memory_budget=self.memory_budget,
            only_above=self.target if self.violators_only else None,
        )
        return self.coefficient * one_sided(slopes, self.target)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(OneSidedGradientPenalty)
