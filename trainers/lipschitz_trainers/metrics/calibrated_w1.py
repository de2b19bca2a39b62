"""The critic's estimate of the Wasserstein-1 distance, in units of the critic's own Lipschitz constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.critic_w1 import estimate
from lipschitz_trainers.metrics.lipschitz_interval import interval_of


@dataclass(frozen=True, kw_only=True)
class CalibratedW1(Metric):
    """Mean score of real minus mean score of generated samples, over the critic's Lipschitz constant.

    A critic f of constant K estimates K W1 at best, and f / K estimates W1 (Arjovsky et al. 2017, arXiv 1701.07875,
    section 3): without the division, critics under weight clipping, say, compare with no others and with no distance. K
    itself is not known, so both ends of its interval are used, as in `LipschitzInterval`:

    - divided by the certified upper bound, the estimate is a lower bound of W1 between these samples. For deep critics
      K is usually far below that bound, and so the result far below W1.
    - divided by the steepest slope found, it is at least the estimate over K: no bound of W1, but close to what the
      critic knows of it where the search is good.

    Keys: ``calibrated_w1_by_upper``, ``calibrated_w1_by_lower``. One whose constant cannot be given, or is zero, has no
    key, and the reason is logged once.

    Attributes:
        points: as for `LipschitzInterval`.
        steps: as for `LipschitzInterval`.
    """

    name = "calibrated_w1"
    points: Annotated[int, Ge(1)] = 64
    steps: Annotated[int, Ge(0)] = 20

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the estimates there are; NaN for a generator that diverged."""
        found = interval_of(evaluation, points=self.points, steps=self.steps)
        constants = {"upper": found.upper, "lower": None if found.lower is None else found.lower.value}
        gained = estimate(evaluation)
        return {
            f"calibrated_w1_by_{side}": gained / constant for side, constant in constants.items() if constant
        }
