"""The score that experiments on images go by: the Inception formula, on the classes of whatever network there was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lipschitz_trainers.analyses.history import Series, read_history
from lipschitz_trainers.analyses.image_scores import IMAGE_SCORES
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Study

KEYS = ("inception_score", "classifier_score")
"""By preference: by the network that was asked for, or by the small classifier that needs none."""

CLASSIFIER_TITLE = "classifier score (small classifier of these data; not the Inception score)"
"""What the score by the small classifier must not be shown without."""

LAST = 0.1
"""Share of the evaluations, at the end, whose mean is what a run ended with: single scores go up and down."""


@dataclass(frozen=True)
class Score:
    """What a study's images were judged by.

    Attributes:
        key: among the metrics.
        title: what it is called with the network and the number of images behind it.
        as_in_papers: whether it is the Inception score of papers; only then may it be compared with theirs.
    """

    key: str
    title: str
    as_in_papers: bool = False

    def in_its_unit(self, values: str) -> str | None:
        """Return values with what they are, to stand beside published Inception scores; None without values.

        Example:
            >>> Score("classifier_score", CLASSIFIER_TITLE).in_its_unit("5.3 and 4.3")
            '5.3 and 4.3 (classifier score: small classifier of these data; not the Inception score)'
        """
        if not values:
            return None
        what = "Inception scores" if self.as_in_papers else self.title.replace(" (", ": ").removesuffix(")")
        return f"{values} ({what})"


def score_of(study: Study) -> Score | None:
    """Return the score of a study; None if there is none, or if runs were judged differently."""
    runs = [run for run in study.results.runs if run.status == "done"]
    for key in KEYS:
        if not any(math.isfinite(run.metric(key)) for run in runs):
            continue
        if key not in IMAGE_SCORES:
            return Score(key, CLASSIFIER_TITLE)
        titles = {group.score_titles.get(key) for group in study.groups if key in group.score_titles}
        if len(titles) > 1 or None in titles:
            return None
        score = IMAGE_SCORES[key]
        title = str(next(iter(titles), score.title({}, 0)))
        return Score(key, title, as_in_papers=title.startswith(score.papers))
    return None


def curve_of(study: Study, run: RunResult, score: Score) -> Series:
    """Return a run's score over its evaluations."""
    return read_history(study.run_folder(run), only=()).evaluated(score.key)


def end_of(curve: Series) -> float:
    """Return the mean over the last evaluations; NaN without any.

    Example:
        >>> end_of(Series(np.arange(20.0), np.arange(20.0)))
        18.5
    """
    last = max(1, math.ceil(LAST * len(curve)))
    return float(curve.values[-last:].mean()) if len(curve) else math.nan


def mean_of(curve: Series) -> float:
    """Return the mean over the iterations, that is the area under the curve over its length; NaN without a curve.

    Example:
        >>> mean_of(Series(np.array([10.0, 20.0, 40.0]), np.array([1.0, 3.0, 3.0])))
        2.6666666666666665
    """
    if len(curve) < 2:
        return math.nan
    widths, heights = np.diff(curve.steps), (curve.values[1:] + curve.values[:-1]) / 2
    return float((widths * heights).sum() / widths.sum())


def real_of(runs: Sequence[RunResult], score: Score) -> float:
    """Return the score of as many real images, the mean over runs; NaN where none knows it."""
    found = [value for run in runs if math.isfinite(value := run.metric(f"{score.key}_floor"))]
    return float(np.mean(found)) if found else math.nan
