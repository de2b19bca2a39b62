"""The two steps of Algorithm 1 (Gulrajani et al. 2017, arXiv 1704.00028)."""

from __future__ import annotations

import time
from typing import NamedTuple

import torch
from torch import Tensor

from lipschitz import Batch
from lipschitz.critic import output_of
from lipschitz_trainers.training.critic_objective import CriticTerms
from lipschitz_trainers.training.game import Game


class IterationTerms(NamedTuple):
    """What one generator iteration did.

    Attributes:
        critic: terms of each critic step.
        generator_loss: scalar, or `None` when the generator is fixed.
        critic_seconds: wall-clock seconds of all critic steps together.
    """

    critic: list[CriticTerms]
    generator_loss: Tensor | None
    critic_seconds: float


def critic_step(game: Game) -> CriticTerms:
    """Sample real data and fakes, descend the critic's objective, project."""
    real = game.real(game.batch_size)
    fake = game.fake(real)

    terms = game.critic_objective(
        real.x, fake, real.condition, game.critic_steps, game.random["penalty"], game.place
    )
    game.critic_optimizer.zero_grad()
    game.fabric.backward(terms.total)
    game.critic_optimizer.step()
    game.constraint.project(game.critic, game.critic_steps)

    game.critic_steps += 1
    return terms


def generator_step(game: Game) -> Tensor | None:
    """Sample latent variables, descend the generator's loss; nothing when the generator is fixed."""
    if game.generator is None:
        return None
    condition = game.conditions(game.generator.batch_size)
    # The critic only passes gradients on: without the toggle, those of its weights are computed for nothing.
    with game.critic_frozen(), game.fabric.autocast():
        fake = game.generator(condition)
        scores = output_of(game.critic(fake, *condition), len(fake))
        batch = Batch(real=fake.detach(), condition=condition, step=game.critic_steps)
        loss = game.objective.generator_loss(scores, batch).mean()
        game.generator.optimizer.zero_grad()
        game.fabric.backward(loss)
    game.generator.step()
    return loss.detach()


def iteration(game: Game) -> IterationTerms:
    """Run the critic steps of one generator iteration, then the generator step."""
    game.set_learning_rates()
    started = time.perf_counter()
    terms = [critic_step(game) for _ in range(game.critic_steps_now())]
    seconds = time.perf_counter() - started
    loss = generator_step(game)
    game.iteration += 1
    return IterationTerms(terms, loss, seconds)


def numbers(game: Game, done: IterationTerms) -> dict[str, float | None]:
    """Return what is recorded of an iteration: means over its critic steps and over the processes."""
    keys = ("critic_loss", "penalty", "w1_estimate")
    result: dict[str, float | None] = dict.fromkeys((*keys, "generator_loss"))
    rows = [torch.stack([getattr(terms, key) for key in keys]) for terms in done.critic]
    if done.generator_loss is not None:
        rows.append(done.generator_loss.reshape(1))
    if rows:
        # One message between processes and one transfer from the device for everything.
        values: list[float] = game.mean(torch.cat(rows)).tolist()
        if done.generator_loss is not None:
            result["generator_loss"] = values.pop()
        for i, key in enumerate(keys if done.critic else ()):
            result[key] = sum(values[i :: len(keys)]) / len(done.critic)
    return result
