"""How close the critic's gradients are to those of the optimal critic, where that is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.optimum import critic_gradients, mean_cosine, mean_square, optimum


@dataclass(frozen=True, kw_only=True)
class Cosine(Metric):
    """Mean cosine between the critic's gradient and the optimal critic's, on pairs with a known distance.

    It is what a generator would learn from the critic: only directions count, not the slope. 1 is best. Measured at
    fresh points of both sides, the same for every run on a pair.

    Keys: ``cosine`` at the data's points (as published by Korotin et al. 2022, arXiv 2206.07767, section 5),
    ``cosine_fake`` at the generated ones; the same of two critics that know next to nothing, ``cosine_floor`` and
    ``cosine_fake_floor`` of -|x|, ``cosine_linear_floor`` of the best linear one; and, where the potential has a closed
    form, ``cosine_ceiling``, that of the optimal critic itself at the data's points as rounded to float32. No keys
    unless the data are one side of a pair and the generated samples come from the other one.

    Attributes:
        points: how many of either side.
    """

    name = "cosine"
    better = "higher"
    points: Annotated[int, Ge(1)] = 4096

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are one side of a known pair."""
        return source.side is not None

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the mean cosines."""
        return _compare(evaluation, self.points, self.name, mean_cosine)


@dataclass(frozen=True, kw_only=True)
class L2(Metric):
    """Mean squared distance between the critic's gradient and the optimal critic's, on pairs with a known distance.

    Direction and slope count. 0 is best, 1 is a flat critic; 2 (1 - cosine) if the critic has slope 1 everywhere.

    Keys: as for `Cosine`, with ``l2`` for ``cosine``.

    Attributes:
        points: how many of either side.
    """

    name = "l2"
    better = "lower"
    points: Annotated[int, Ge(1)] = 4096

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are one side of a known pair."""
        return source.side is not None

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the mean squared distances."""
        return _compare(evaluation, self.points, self.name, mean_square)


def _compare(
    evaluation: Evaluation, points: int, name: str, compare: Callable[[Tensor, Tensor], float]
) -> dict[str, float]:
    best = optimum(evaluation, points)
    if best is None:
        return {}
    found, radial, exact = critic_gradients(evaluation, best), best.radial(), best.exact()
    values = {
        name: compare(found.real, best.gradient),
        f"{name}_fake": compare(found.fake, best.gradient),
        f"{name}_floor": compare(radial.real, best.gradient),
        f"{name}_fake_floor": compare(radial.fake, best.gradient),
        f"{name}_linear_floor": compare(best.linear().real, best.gradient),
    }
    if exact is not None:
        values[f"{name}_ceiling"] = compare(exact.real, best.gradient)
    return values
