"""The score that experiments on images go by: the Inception formula, on the classes of whatever network there was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lipschitz_trainers.analyses.history import Series, read_history
from lipschitz_trainers.analyses.image_scores import IMAGE_SCORES, real_ones
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number

KEYS = ("inception_score", "classifier_score")
"""By preference: by the network that was asked for, or by the small classifier that needs none."""

LAST = 0.1
"""Share of the evaluations, at the end, whose mean is what a run ended with: single scores go up and down."""


@dataclass(frozen=True)
class Score:
    """What a study's images were judged by.

    Attributes:
        key: among the metrics.
        title: what it is called with the network and the number of images behind it.
        as_in_papers: whether it is the Inception score of papers; only then may it be compared with theirs.
        real: what held-out real images get, the mean over runs; NaN where none knows it.
        real_images: how many they are; 0 where that is not known.
    """

    key: str
    title: str
    as_in_papers: bool = False
    real: float = math.nan
    real_images: int = 0

    @property
    def told_real(self) -> str:
        """What real images get, with their number; "" where it is not known."""
        if math.isnan(self.real):
            return ""
        return f"{f'{self.real_images:,} ' if self.real_images else ''}real images: {number(self.real)}"

    @property
    def told(self) -> str:
        """The title, and what real images get.

        Example:
            >>> Score("inception_score", "Inception score (Inception-v3, 50,000 images)", True, 11.24, 50_000).told
            'Inception score (Inception-v3, 50,000 images; 50,000 real images: 11.2)'
        """
        if not self.told_real:
            return self.title
        # The number of real images is told with what they get, if the title has it too.
        title = self.title.removesuffix(")").removesuffix(f"; {real_ones(self.real_images)}")
        return f"{title}; {self.told_real})"

    def in_its_unit(self, values: str) -> str | None:
        """Return values with what they are and what real images get; None without values.

        Example:
            >>> Score("recall", "recall (classifier of these data, 500 images)").in_its_unit("0.5")
            '0.5 (recall: classifier of these data, 500 images)'
        """
        return f"{values} ({self.told.replace(' (', ': ', 1).removesuffix(')')})" if values else None


def score_of(study: Study) -> Score | None:
    """Return the score of a study; None if there is none, or if runs were judged differently."""
    for key in KEYS:
        if any(math.isfinite(run.metric(key)) for run in study.results.runs):
            return score_by(study, key)
    return None


def score_by(study: Study, key: str) -> Score | None:
    """Return what a study's images were judged by, given its key; None as `score_of`."""
    runs = [run for run in study.results.runs if run.status == "done"]
    known = [run for run in runs if math.isfinite(run.metric(key))]
    titles = {group.score_titles.get(key) for group in study.groups if key in group.score_titles}
    if not known or len(titles) > 1 or None in titles:
        return None
    score = IMAGE_SCORES[key]
    title = str(next(iter(titles), score.title({}, _common(known, f"{key}_samples"))))
    floors = [value for run in runs if math.isfinite(value := run.metric(f"{key}_floor"))]
    return Score(
        key,
        title,
        as_in_papers=bool(score.papers) and title.startswith(score.papers),
        real=float(np.mean(floors)) if floors else math.nan,
        real_images=_real_images(study, known, key),
    )


def _real_images(study: Study, runs: Sequence[RunResult], key: str) -> int:
    """Return how many real images were scored: those of the evaluation, whatever the metric's own number is."""
    told = _common(runs, f"{key}_floor_samples")
    if told:
        return told
    asked = {_asked(study.configs.get(run.key, {})) for run in runs}
    if asked != {0}:
        return asked.pop() if len(asked) == 1 else 0
    # Only the Inception score has a number of generated images of its own.
    return 0 if key == "inception_score" else _common(runs, f"{key}_samples")


def _asked(config: Mapping[str, Any]) -> int:
    return int((config.get("evaluation") or {}).get("samples", 0))


def _common(runs: Sequence[RunResult], key: str) -> int:
    """Return a whole number that all runs have in common; 0 without one."""
    found = {run.metric(key) for run in runs}
    return int(value) if len(found) == 1 and math.isfinite(value := found.pop()) else 0


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
