"""Judging a run without disturbing it: own random draws, evaluation mode, everything put back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from lipschitz import DataError
from lipschitz_trainers.data.base import Samples, Source
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.portions import portions
from lipschitz_trainers.training.critic_objective import CriticObjective
from lipschitz_trainers.training.evaluation_fakes import PART, fixed_fakes, more_fakes
from lipschitz_trainers.training.game import Game
from lipschitz_trainers.training.generators import AnotherDataset


@dataclass(frozen=True)
class Evaluator:
    """When and by what a run is judged.

    Attributes:
        metrics: those that do not apply to the data are left out.
        samples: number of real and of generated samples.
        every: generator iterations between evaluations; `None` for one at the end only.
        data: what messages call the data; by default the type of its source.
    """

    metrics: Sequence[Metric]
    samples: int = 1000
    every: int | None = None
    data: str = ""

    def due(self, iteration: int) -> bool:
        """Return whether a run is judged after this many iterations (besides at its end)."""
        return self.every is not None and iteration % self.every == 0

    def get_ready(self, game: Game, source: Source) -> None:
        """Draw the held-out samples and open what the metrics need, so that what is amiss shows before training.

        What is opened stays open; no stream, no generator of the run and not torch's global one moves.

        Args:
            game: the run.
            source: its data.

        Raises:
            DataError: there are not as many held-out samples, or a metric cannot be measured on the data.
            MissingExtraError: what a metric needs is not installed.
        """
        data = self.data or type(source).__name__
        with evaluation_mode(game):
            try:
                self._held_out(game, source)
            except DataError as error:
                raise DataError(
                    f"{data}: the {self.samples} held-out samples that a run is judged by (evaluation.samples) cannot "
                    f"be had: {error}"
                ) from error
            for metric in self.metrics:
                if metric.applies_to(source):
                    try:
                        metric.get_ready(source)
                    except DataError as error:
                        raise DataError(
                            f"{data}: the metric {metric.name!r} cannot be measured: {error}"
                        ) from error

    def evaluation(self, game: Game, source: Source) -> Evaluation:
        """Return what the metrics see; the same real samples and latent vectors at every call of a run."""
        real = self._held_out(game, source)
        fake, fake_condition = fixed_fakes(game, source, self.samples)
        second = source.train(game.random.fresh("evaluation/second_real")).next(self.samples)
        return Evaluation(
            real=real.x.float(),
            fake=fake.float().cpu(),
            second_real=second.x.float(),
            real_condition=real.condition,
            second_real_condition=second.condition,
            fake_condition=fake_condition,
            more_fakes=None if game.generator is None else functools.partial(more_fakes, game, source),
            critic_terms=functools.partial(critic_terms, game),
            critic=Scorer(game.critic),
            source=source,
            fake_source=game.fixed.source if isinstance(game.fixed, AnotherDataset) else None,
            critic_optimizer=game.critic_optimizer.optimizer,
            generator=game.random.fresh("evaluation/metrics"),
            step=game.iteration,
        )

    def measure(
        self, game: Game, source: Source, look: Callable[[Evaluation], None] | None = None
    ) -> dict[str, float]:
        """Return every applying metric's values.

        Args:
            game: the run.
            source: its data.
            look: is shown first what the metrics see.
        """
        with evaluation_mode(game):
            evaluation = self.evaluation(game, source)
            if look is not None:
                look(evaluation)
            values: dict[str, float] = {}
            for metric in self.metrics:
                if metric.applies_to(source):
                    # Each metric draws from a generator of its own: leaving one out changes no other.
                    own = replace(evaluation, generator=game.random.fresh(f"evaluation/{metric.name}"))
                    values.update(metric.measure(own))
        return values

    def _held_out(self, game: Game, source: Source) -> Samples:
        return source.held_out(self.samples, game.random.fresh("evaluation/real"))


class Scorer(nn.Module):
    """The critic for samples wherever they are: moves them to its device and dtype."""

    def __init__(self, critic: nn.Module) -> None:
        """Wrap a critic."""
        super().__init__()
        self.critic = critic

    def forward(self, x: Tensor, *condition: Tensor) -> Tensor:
        """Return the critic's output for samples (B, ...)."""
        parameter = next(self.critic.parameters())
        return self.critic(x.to(device=parameter.device, dtype=parameter.dtype), *condition)


def critic_terms(
    game: Game, real: Tensor, fake: Tensor, condition: tuple[Tensor, ...], generator: torch.Generator
) -> tuple[float, float]:
    """Return critic loss and penalty on given samples, means over them; no parameter's gradient is touched.

    Args:
        game: whose critic, objective and constraint these are; in evaluation mode.
        real: shape (n, ...), anywhere.
        fake: same shape.
        condition: per-sample entries of the real ones.
        generator: the penalty's randomness.
    """
    parameter = next(game.critic.parameters())
    condition = tuple(entry.to(parameter.device) for entry in condition)
    scores, penalties = [], []
    compute = CriticObjective(game.critic, game.objective, game.constraint)
    for part in portions(len(real), PART):
        terms = compute(
            real[part].to(parameter),
            fake[part].to(parameter),
            tuple(entry[part] for entry in condition),
            game.critic_steps,
            generator,
            (0, len(real[part])),
        )
        share = len(real[part]) / len(real)
        scores.append(share * float(terms.critic_loss))
        penalties.append(share * float(terms.penalty))
    return sum(scores), sum(penalties)


@contextmanager
def evaluation_mode(game: Game) -> Iterator[None]:
    """Put both networks into evaluation mode, leave torch's global random state alone, then undo both."""
    networks = [game.critic] + ([game.generator.module] if game.generator is not None else [])
    modes = {module: module.training for network in networks for module in network.modules()}
    devices = [game.fabric.device] if game.fabric.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        try:
            for network in networks:
                network.eval()
            yield
        finally:
            for module, training in modes.items():
                module.training = training
