"""The distance between the distributions themselves, where that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.optimum import optimum


@dataclass(frozen=True, kw_only=True)
class TrueW1(Metric):
    """The Wasserstein-1 distance between the distributions of data and generated samples, and the critic's error.

    Not between samples, as `W1`: that one is larger, the more so in high dimension.

    Keys: ``true_w1``; ``true_w1_standard_error`` (0 for a closed form); ``true_w1_error``, the critic's mean
    score at the data's points minus that at the generated ones, minus the distance, measured over matched points of
    both sides (which takes most of the noise away); ``true_w1_floor``, what the trivial critic -|x| estimates. No keys
    unless the data are one side of a pair and the generated samples come from the other one.

    Attributes:
        points: how many of either side the critic's error is measured at.
    """

    name = "true_w1"
    points: Annotated[int, Ge(1)] = 4096

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are one side of a known pair."""
        return source.side is not None

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the distance and the critic's error."""
        best = optimum(evaluation, self.points)
        if best is None:
            return {}
        value, standard_error, _ = best.distance()
        gained = probing.scores(evaluation.critic, best.real) - probing.scores(evaluation.critic, best.fake)
        radial = best.turned * (best.fake.double().norm(dim=1) - best.real.double().norm(dim=1))
        return {
            "true_w1": value,
            "true_w1_standard_error": standard_error,
            "true_w1_error": float((gained - best.lengths).mean()),
            "true_w1_floor": float(radial.mean()),
        }
