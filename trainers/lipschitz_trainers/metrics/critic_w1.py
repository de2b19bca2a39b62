"""The critic's own estimate of the Wasserstein-1 distance, and how wrong it is."""

from __future__ import annotations

from dataclasses import dataclass

from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.probing import scores


@dataclass(frozen=True, kw_only=True)
class CriticW1(Metric):
    """Mean score of real minus mean score of generated samples, beside the exact distance between them.

    For a 1-Lipschitz critic the difference is a lower bound on the Wasserstein-1 distance, reached at the
    optimum (Kantorovich-Rubinstein duality; Arjovsky et al. 2017, arXiv 1701.07875, section 3). So a negative
    error says that the critic is not optimal, a positive one that it is steeper than 1.

    Keys: ``critic_w1`` and ``critic_w1_error`` = ``critic_w1`` minus the exact distance, in the data's units.
    """

    name = "critic_w1"

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the estimate and its error."""
        found = estimate(evaluation)
        return {"critic_w1": found, "critic_w1_error": found - evaluation.exact_w1}


def estimate(evaluation: Evaluation) -> float:
    """Return the mean score of real minus the mean score of generated samples."""
    real = scores(evaluation.critic, evaluation.real).mean()
    fake = scores(evaluation.critic, evaluation.fake).mean()
    return float(real - fake)
