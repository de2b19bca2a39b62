"""Whether a generator of images was trained at all: by a score of its images and by their variety."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.wording import MISSING

Outcome = Literal["trained", "collapsed", "untrained"]

ENOUGH = 0.25
"""Share of what real images get that is asked of generated ones.

For the score: of the way from noise, or one image again and again, which get 1, to real images. Three of ten classes
that a classifier is certain of get about as much, and the paper's readers, too, let images pass that are poor.
"""

AMONG = 0.1
"""Share of real images' density from which on generated images lie among real ones; noise has a hundredth."""

CRITERION = (
    f"Trained: at least {ENOUGH:.0%} of the way from noise (1) to real images by the score, where one is "
    f"measured, and at least {ENOUGH:.0%} of real images' coverage. Otherwise collapsed, if images lie among real "
    f"ones, with at least {AMONG:.0%} of their density, but have less than half of that share of their coverage; or "
    "else untrained."
)


SCORES = ("classifier_score", "inception_score")
"""By preference; both are 1 for noise."""


@dataclass(frozen=True)
class Judgement:
    """How a run's images compare with real ones, each number as a share of what as many real images get.

    Attributes:
        score: way of the first of `SCORES` that was measured, from noise (0) to real images (1); None without one.
        density: how much generated images lie among real ones; None where it was not measured.
        coverage: how many real images have a generated one near; None where it was not measured.
    """

    score: float | None
    density: float | None
    coverage: float | None

    @property
    def outcome(self) -> Outcome | None:
        """What became of the generator; None where it was not measured. One that diverged, with NaN, is untrained."""
        if self.density is None or self.coverage is None:
            return None
        if self.coverage >= ENOUGH and (self.score is None or self.score >= ENOUGH):
            return "trained"
        return "collapsed" if self.density >= AMONG and self.coverage < self.density / 2 else "untrained"

    def __str__(self) -> str:
        """Return score and coverage, as they stand beside an outcome."""
        score = "" if self.score is None else f"score {_shown(self.score)}, "
        return f"{score}coverage {_shown(self.coverage)}"


def judged(run: RunResult) -> Judgement:
    """Return how a finished run's images compare with real ones.

    Example:
        >>> measured = {"classifier_score": 5.0, "classifier_score_floor": 9.0, "density": 0.4, "density_floor": 1.0,
        ...             "density_coverage": 0.1, "density_coverage_floor": 1.0}
        >>> found = judged(RunResult("v", 0, "", "done", measured))
        >>> found.outcome, str(found)
        ('collapsed', 'score 0.50, coverage 0.10')
    """
    return Judgement(
        score=next((found for key in SCORES if (found := _share(run, key, nothing=1.0)) is not None), None),
        density=_share(run, "density"),
        coverage=_share(run, "density_coverage"),
    )


def _shown(share: float | None) -> str:
    return MISSING if share is None or math.isnan(share) else f"{share:.2f}"


def _share(run: RunResult, key: str, nothing: float = 0.0) -> float | None:
    """Return where a metric lies between `nothing` (0) and its floor (1); NaN if one is not finite."""
    if f"{key}_floor" not in run.metrics:
        return None
    way = run.metric(f"{key}_floor") - nothing
    return (run.metric(key) - nothing) / way if way > 0 else math.nan
