"""Exact Wasserstein-1 distance of generated to real data."""

from __future__ import annotations

from dataclasses import dataclass

from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.transport import exact_w1


@dataclass(frozen=True, kw_only=True)
class W1(Metric):
    """Exact Wasserstein-1 distance (Euclidean, in the data's units) between real and generated samples.

    Keys: ``w1``, and ``w1_floor``, the distance between two real samples of the same size. Both shrink as the
    samples grow; a generator is as good as this many samples can tell when ``w1`` reaches ``w1_floor``.

    See Also:
        `lipschitz_trainers.metrics.exact_w1`, the distance itself.
    """

    name = "w1"
    better = "lower"

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the distance and its floor."""
        return {"w1": evaluation.exact_w1, "w1_floor": exact_w1(evaluation.real, evaluation.second_real)}
