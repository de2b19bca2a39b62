"""Everything a critic minimizes, in one module's forward: one backward a step, so DDP's hooks fire once."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from lipschitz import Batch, Constraint, TrainingError
from lipschitz.critic import output_of
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.training.compilation import CompiledTerms


class CriticTerms(NamedTuple):
    """The parts of a critic step, scalars.

    Attributes:
        total: what is minimized, attached to the graph.
        critic_loss: the objective's part, detached.
        penalty: the constraint's part, detached.
        w1_estimate: mean score of real minus mean score of fake samples, detached.
    """

    total: Tensor
    critic_loss: Tensor
    penalty: Tensor
    w1_estimate: Tensor


class CriticObjective(nn.Module):
    """Scores, objective and penalty of a critic step."""

    def __init__(
        self, critic: nn.Module, objective: Objective, constraint: Constraint, compiler: str | None = None
    ) -> None:
        """Combine the three; only the critic has parameters.

        Args:
            critic: prepared.
            objective: the losses.
            constraint: its penalty is added.
            compiler: a backend of `torch.compile`, such as ``"inductor"``; `None` compiles nothing.
        """
        super().__init__()
        self.critic = critic
        self.objective = objective
        self.constraint = constraint
        self.compute = self._terms if compiler is None else CompiledTerms(self._terms, critic, compiler)

    def forward(
        self,
        real: Tensor,
        fake: Tensor,
        condition: tuple[Tensor, ...],
        step: int,
        generator: torch.Generator,
        place: tuple[int, int],
    ) -> CriticTerms:
        """Return the terms of one step.

        Args:
            real: real samples, shape (B, ...).
            fake: fake samples, same shape, detached.
            condition: per-sample entries passed to the critic.
            step: optimizer steps of the critic so far.
            generator: the penalty's randomness.
            place: offset of this batch in the global batch, and the size of that.
        """
        return self.compute(Batch(real, fake, condition, step, generator, *place))

    def _terms(self, batch: Batch) -> CriticTerms:
        condition = batch.condition
        # cached(): a reparametrized weight is computed, and its power iteration advanced, once a step.
        with parametrize.cached():
            on_real = output_of(self.critic(batch.real, *condition), batch.size)
            on_fake = output_of(self.critic(batch.fake, *condition), batch.size)
            loss = self.objective.critic_loss(on_real, on_fake, batch).mean()
            penalty = self._penalty(batch).mean()
        estimate = on_real.scores.detach().mean() - on_fake.scores.detach().mean()
        return CriticTerms(loss + penalty, loss.detach(), penalty.detach(), estimate)

    def _penalty(self, batch: Batch) -> Tensor:
        """Return the constraint's penalty, refusing what is none: its mean would hide a wrong shape."""
        penalty = self.constraint.penalty(self.critic, batch)
        if not isinstance(penalty, Tensor) or penalty.shape not in ((), (batch.size,)):
            got = f"shape {tuple(penalty.shape)}" if isinstance(penalty, Tensor) else type(penalty).__name__
            raise TrainingError(
                f"the penalty of constraint {self.constraint.name!r} must be a tensor of shape ({batch.size},) or (), "
                f"got {got}; lipschitz.testing.check_constraint tests a constraint."
            )
        return penalty
