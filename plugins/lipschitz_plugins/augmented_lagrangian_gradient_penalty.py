"""A gradient penalty that finds its own coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz import Batch, CriticError, hookimpl
from lipschitz.critic import Critic, named_layers, unwrapped
from lipschitz.ranks import mean_over_ranks
from lipschitz.sampling import Points
from lipschitz.slope_penalty import SlopePenalty

MULTIPLIER = "augmented_lagrangian_gradient_penalty_multiplier"
VIOLATION = "augmented_lagrangian_gradient_penalty_violation"


@dataclass(frozen=True, kw_only=True)
class AugmentedLagrangianGradientPenalty(SlopePenalty):
    """Gradient norms above the target cost, and more from step to step until their mean excess is the tolerance.

        coefficient * (m * v + v^2 / 2),   v = max(0, |grad D(point)| - target),   point = e * real + (1 - e) * fake
        after each step:   m <- max(0, m + rate * (mean v - tolerance))

    The method of multipliers for the constraint ``mean v <= tolerance``, with the multiplier coefficient * m, which
    starts at 0. The one-sided penalty alone leaves an excess in proportion to 1 / coefficient at the optimum, about
    half the transport distance over it; here the excess of a critic trained long enough is the tolerance.
    The multiplier is a buffer of the critic, ``augmented_lagrangian_gradient_penalty_multiplier``; it moves by
    the mean over all processes. In half precision its small steps would be rounded away: it is float32 at least, if
    the critic has its dtype before it is prepared.

    Attributes:
        coefficient: of the quadratic term (rho).
        target: the largest gradient norm that costs nothing.
        tolerance: mean excess that the multiplier settles at. With 0 it never falls.
        rate: by how much it moves in one step, per unit of excess.
        points: where it looks: ``between`` real and fake samples, at the ``real`` or ``fake`` ones, or
            ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Mroueh, Sercu: Fisher GAN, 2017, arXiv 1705.09675, section 3 (a multiplier for the critic's second moment).
        Zhou et al.: Towards Efficient and Unbiased Implementation of Lipschitz Continuity in GANs, 2019, arXiv
        1904.01184 (one for the largest gradient norm). This form and its numbers are ours.
        Nocedal, Wright: Numerical Optimization, 2006, section 17.3.
    """

    name = "augmented_lagrangian_gradient_penalty"
    contradicts = {"augmented_lagrangian_gradient_penalty": "two would move one multiplier"}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    tolerance: Annotated[float, Ge(0)] = 0.01
    rate: Annotated[float, Gt(0)] = 0.01
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Check the critic as every gradient penalty does, and give it the multiplier's buffers.

        Raises:
            CriticError: it has them already; or as for every gradient penalty.
        """
        if _holder(critic) is not None:
            raise CriticError(
                "this critic has been prepared with augmented_lagrangian_gradient_penalty already: two would move one "
                "multiplier. Prepare a new critic, or keep one of them."
            )
        critic = super().prepare(critic, example)
        like = next(critic.parameters(), None)
        for name in (MULTIPLIER, VIOLATION):
            # One axis: code compiled by torch 2.13 loses what is written into tensors without any.
            zero = torch.zeros(1, dtype=torch.float32)
            if like is not None:
                zero = zero.to(like.device, torch.promote_types(like.dtype, torch.float32))
            critic.register_buffer(name, zero)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per sample, shape (B,), and note the mean excess for `project`.

        Under `torch.no_grad` nothing is noted: such a value is to be looked at, and no step follows it.
        """
        holder = _holder(critic)
        if holder is None:
            raise CriticError(
                "augmented_lagrangian_gradient_penalty keeps its multiplier in a buffer of the critic, and there is "
                "none: call prepare(critic) first."
            )
        excess = (self.slopes(critic, batch) - self.target).clamp(min=0.0)
        multiplier: Tensor = getattr(holder, MULTIPLIER)
        value = self.coefficient * (multiplier.to(excess.dtype) * excess + excess.square() / 2)
        if torch.is_grad_enabled():
            with torch.no_grad():
                violation: Tensor = getattr(holder, VIOLATION)
                violation.copy_(excess.to(violation.dtype).mean() - self.tolerance)
        return value

    @torch.no_grad()
    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Move the multiplier by what the penalty of this step has noted; no parameter changes."""
        holder = _holder(critic)
        if holder is None:
            return
        violation: Tensor = getattr(holder, VIOLATION)
        multiplier: Tensor = getattr(holder, MULTIPLIER)
        multiplier.add_(self.rate * mean_over_ranks(violation)).clamp_(min=0.0)
        violation.zero_()  # a step without a penalty is none without violation


def _holder(critic: Critic) -> nn.Module | None:
    """Return the module inside a critic that has the buffers: another constraint may have wrapped it since."""
    inside = unwrapped(critic)
    if not isinstance(inside, nn.Module):
        return None
    return next((layer for _, layer in named_layers(inside) if MULTIPLIER in layer._buffers), None)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(AugmentedLagrangianGradientPenalty)
