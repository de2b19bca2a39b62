"""Constraints as training uses them: combined with others, lazily, and over thirty critic steps (law 3)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from lipschitz.batch import Batch
from lipschitz.composition import compose, every
from lipschitz.constraint import Constraint, no_penalty
from lipschitz.critic import Critic, scores_of
from lipschitz.testing.trial import Trial, largest, restore, shown, snapshot

STEPS = 30
"""Critic steps of the trial training."""


@dataclass(frozen=True, kw_only=True)
class Nothing(Constraint):
    """Constrains nothing: the neutral element of `lipschitz.compose`."""

    name = "nothing"

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return a scalar zero."""
        return no_penalty(batch)


@dataclass(frozen=True, kw_only=True)
class Drift(Constraint):
    """Large scores cost: a plain constraint to compose others with."""

    name = "drift"

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return the squared scores of the real samples, shape (B,)."""
        return scores_of(critic(batch.real, *batch.condition), batch.size).square()


def composing_with_nothing_changes_nothing(trial: Trial) -> None:
    """The penalty of a composition with constraints that do nothing, before and after it, is the penalty."""
    both = dataclasses.replace(trial, constraint=compose(Nothing(), trial.constraint, Nothing()))
    got = both.penalty(both.prepared(3.0), both.batch())
    want = trial.penalty(trial.prepared(3.0), trial.batch())
    difference = largest(got - want)
    trial.require(
        difference <= 1e-6 * largest(want),
        3,
        f"composed with a constraint that does nothing the penalty differs by {difference:.3g}.",
    )


def composing_adds_up(trial: Trial) -> None:
    """The penalty of a composition with another constraint is the sum of both, in either order."""
    critic, other = trial.prepared(3.0), Drift()
    state = snapshot(critic)
    for parts in ((other, trial.constraint), (trial.constraint, other)):
        values: list[Tensor] = []
        for constraint in (compose(*parts), trial.constraint, other):
            # cached(): as in training, every part of a step sees the same weights.
            with parametrize.cached():
                values.append(trial.penalty(restore(critic, state), trial.batch(), constraint))
        both, own, drift = values
        difference = largest(both - (own + drift))
        trial.require(
            difference <= 1e-5 * largest(both),
            3,
            f"composed with another constraint the penalty is {shown(both)} instead of {shown(own + drift)}.",
        )


def every_takes_multiples(trial: Trial) -> None:
    """Taken at every third step, the penalty is three times itself there and zero in between."""
    lazy = every(3, trial.constraint)
    critic = trial.prepared(3.0)  # as `every` prepares it, too
    state = snapshot(critic)
    for step in range(4):
        got = trial.penalty(restore(critic, state), trial.batch(step=step), lazy)
        plain = trial.penalty(restore(critic, state), trial.batch(step=step))
        want = 3 * plain if step % 3 == 0 else torch.zeros_like(plain)
        difference = largest(got - want)
        trial.require(
            difference <= 1e-5 * largest(plain),
            3,
            f"taken at every third step, the penalty of step {step} is off by {difference:.3g}.",
        )


def training_stays_finite(trial: Trial) -> None:
    """Thirty critic steps on a small problem stay finite and give every trained parameter a gradient."""
    plain = trial.prepared()
    torch.autograd.backward(trial.scores(plain, trial.batch()).sum())
    used = {name for name, parameter in plain.named_parameters() if parameter.grad is not None}
    critic = trial.prepared()
    optimizer: Any = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    for step in range(STEPS):
        batch = trial.batch(step=step, seed=step)
        with parametrize.cached():
            scores = (
                trial.scores(critic, batch),
                trial.scores(critic, dataclasses.replace(batch, real=batch.fake)),
            )
            loss = scores[1].mean() - scores[0].mean() + trial.penalty(critic, batch).mean()
        trial.require(loss.isfinite(), 3, f"the critic's loss is {float(loss.detach())} at step {step}.")
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        for name, parameter in critic.named_parameters():
            trained = parameter.grad is not None or name not in used
            trial.require(trained, 3, f"parameter {name!r} ends a critic step without a gradient.")
        optimizer.step()
        trial.constraint.project(critic, step)
    for name, parameter in critic.named_parameters():
        trial.require(parameter.isfinite().all(), 3, f"after {STEPS} steps {name!r} is not finite.")
