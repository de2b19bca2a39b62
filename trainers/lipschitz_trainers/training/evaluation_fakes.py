"""Generated samples to judge a run by: from latent vectors of their own, the same ones at every evaluation."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.portions import portions
from lipschitz_trainers.training.game import Game, GeneratorPlayer

PART = 256
"""Samples that go through a network at a time, at most and about."""


@torch.no_grad()
def fixed_fakes(game: Game, source: Source, n: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return n generated samples and what the generator was told: the same latent vectors at every call.

    A fixed generator's samples are the same draws at every call.
    """
    if game.generator is None:
        return _fixed_supply(game, source, n), ()
    z = torch.randn(n, game.generator.latent, generator=game.random.fresh("evaluation/latent"))
    condition: tuple[Tensor, ...] = ()
    if game.conditional:
        condition = source.train(game.random.fresh("evaluation/conditions")).next(n).condition
    parts = [
        _generated(game.generator, z[part], tuple(entry[part] for entry in condition))
        for part in portions(n, PART)
    ]
    return torch.cat(parts), condition


def more_fakes(game: Game, source: Source, n: int) -> Iterator[Tensor]:
    """Yield n generated samples, other ones than those of `fixed_fakes`, in parts of shape (at most PART, *shape).

    They are the same at every call, float32 on the CPU, and only one part is in memory at a time.
    """
    if game.generator is None:
        raise AssertionError("only a trained generator makes any number of samples")
    latent = game.random.fresh("evaluation/more_latent")
    conditions = source.train(game.random.fresh("evaluation/more_conditions")) if game.conditional else None
    for portion in portions(n, PART):
        size = portion.stop - portion.start
        z = torch.randn(size, game.generator.latent, generator=latent)
        condition = () if conditions is None else conditions.next(size).condition
        with torch.no_grad():
            part = _generated(game.generator, z, condition)
        yield part.float().cpu()


def _generated(player: GeneratorPlayer, z: Tensor, condition: tuple[Tensor, ...]) -> Tensor:
    """Return what the generator, or its moving average, makes of latent vectors on the CPU."""
    network = player.module if player.average is None else player.average.module
    parameter = next(network.parameters())
    return network(z.to(parameter), *(entry.to(parameter.device) for entry in condition))


def _fixed_supply(game: Game, source: Source, n: int) -> Tensor:
    if game.fixed is None:
        raise AssertionError("a game has either a trained or a fixed generator")
    supply = game.fixed.supply(game.random.fresh("evaluation/noise"), game.random.fresh("evaluation/fakes"))
    base = source.train(game.random.fresh("evaluation/base")).next(n)
    return supply.draw(base, 0, n)
