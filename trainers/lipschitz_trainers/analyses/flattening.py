"""Whether the cosines of critics on known pairs still rose when their runs ended."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lipschitz_trainers.analyses.evidence import all_hold
from lipschitz_trainers.analyses.history import Series, read_history
from lipschitz_trainers.analyses.leaderboard import Board, cosine_text, judged
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study

SHARE, GAIN = 0.2, 0.01
"""The last part of the steps, and the gain of the cosine that is too much in it."""


def flattened(study: Study, pairs: Sequence[Board], labels: Sequence[str]) -> Claim:
    """Check that the mean cosine over seeds gained next to nothing in the last fifth of the steps.

    Args:
        study: finished runs with their logs; undecided without.
        pairs: of these runs.
        labels: of the variants that are judged.
    """
    gains = [
        (board.title, label, mean_gain(study, board, label))
        for board in pairs
        for label in labels
        if board.row(label)
    ]
    told = [
        f"{title} " + ", ".join(f"{cosine_text(gain)} {label}" for t, label, gain in gains if t == title)
        for title in dict.fromkeys(title for title, _, gain in gains if not math.isnan(gain))
    ]
    holds = all_hold(None if math.isnan(gain) else gain < GAIN for _, _, gain in gains)
    return Claim(
        "curves_flattened",
        f"In the last fifth of the steps the cosine gains less than {GAIN} under both gradient penalties, on every "
        "pair.",
        measured="; ".join(told) or None,
        **judged(study, holds),
        note="Means over seeds. The learning rate decays to 0 in that time: that a curve is flat there says less than "
        "that one rises.",
    )


def mean_gain(study: Study, board: Board, label: str) -> float:
    """Return what a variant's cosine gained in the last fifth of its steps, mean over seeds; NaN without every log."""
    row = board.row(label)
    if row is None:
        return math.nan
    gains = [
        late_gain(read_history(study.run_folder(run), only=()).evaluated("cosine"))
        for run in row.variant.runs
    ]
    return math.nan if any(map(math.isnan, gains)) else summary(gains).mean


def late_gain(curve: Series) -> float:
    """Return what a curve gained since the last evaluation at or before four fifths of its steps; NaN without one.

    Example:
        >>> import numpy as np
        >>> round(late_gain(Series(np.array([2.0, 6.0, 8.0, 9.0, 10.0]), np.array([0.1, 0.5, 0.7, 0.9, 0.8]))), 3)
        0.1
    """
    if not len(curve):
        return math.nan
    before = curve.values[curve.steps <= (1 - SHARE) * curve.steps[-1]]
    return float(curve.values[-1] - before[-1]) if len(before) else math.nan
