"""Slopes as they are beside slopes as the penalty sees them, one row a critic."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import values_of
from lipschitz_trainers.analyses.experiments.batch_norm_in_critic import FIXED, LINEAR, TRAINED
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, OTHERS, REAL, WIDTH


def own_and_seen(overview: Overview) -> Drawing | None:
    """Draw both slopes of every run, joined."""
    names = (*FIXED, LINEAR, *TRAINED)
    both = {
        name: (values_of(overview.study, name, "own_slope"), values_of(overview.study, name, "seen_slope"))
        for name in names
    }
    drawn = {name: slopes for name, slopes in both.items() if slopes[0]}
    if not drawn:
        return None
    figure = Figure(figsize=(WIDTH, 0.6 + 0.4 * len(drawn)), layout="constrained")
    axis = figure.subplots()
    axis.axvline(1.0, color=REAL, linewidth=1.0)
    for row, (own, seen) in enumerate(drawn.values()):
        heights = row + 0.15 * (np.arange(len(own)) - (len(own) - 1) / 2)
        axis.hlines(heights, seen, own, color=REAL, linewidth=1.0)
        axis.plot(own, heights, "o", color=DARK, markersize=6, label=None if row else "slope of the score")
        axis.plot(
            seen, heights, "D", color=OTHERS[2], markersize=4, label=None if row else "what the penalty sees"
        )
    axis.set(
        yticks=range(len(drawn)), yticklabels=list(drawn), xlabel="mean slope, training mode", xlim=(0, None)
    )
    axis.invert_yaxis()
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return Drawing(
        "own_and_seen_slopes",
        "Slopes, and what the penalty sees of them",
        "Mean norm of the gradient of a point's score by that point (dots) and of the gradient of the summed scores "
        "(diamonds), one line a run; the penalty aims at 1. Without batch normalization they are the same.",
        figure,
    )


DRAWERS = (own_and_seen,)
