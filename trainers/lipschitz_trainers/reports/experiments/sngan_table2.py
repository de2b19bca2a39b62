"""Table 2 of SN-GAN: this study's scores by row and setting, and the published ones in a panel of their own."""

from __future__ import annotations

import math
import textwrap

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments.sngan_table2 import PUBLISHED, ROWS, SETTINGS, rows, value_of
from lipschitz_trainers.analyses.formula_scores import score_of
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, REAL, WIDTH

OURS = KNOWN["spectral_norm"]


def table(overview: Overview) -> Drawing | None:
    """Draw bars for the best setting of each row, letters for all settings."""
    study = overview.study
    score = score_of(study)
    found = rows(study, score)
    if score is None or not found:
        return None
    names = [name for name in ROWS if name in found]
    places = range(len(names))
    figure = Figure(figsize=(WIDTH, 0.36 * len(names) + 1.3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.barh(places, [found[name].value for name in names], color=OURS, alpha=0.35, height=0.65)
    for place, name in zip(places, names, strict=True):
        for setting in SETTINGS:
            value = value_of(study, score, f"{name}-{setting}")
            if math.isfinite(value):
                left.text(value, place, setting, ha="center", va="center", fontsize=8, color=DARK)
    if math.isfinite(score.real):
        left.axvline(score.real, color=REAL, linestyle=(0, (5, 3)), linewidth=1.2, label=score.told_real)
        left.legend(loc="upper left", bbox_to_anchor=(0, -0.22), fontsize=8)
    left.set(title="this study", yticks=list(places), yticklabels=names)
    left.set_xlabel("\n".join(textwrap.wrap(score.title, 48)))
    values = [PUBLISHED[name][0] for name in names]
    right.barh(places, values, xerr=[PUBLISHED[name][1] or 0 for name in names], color=REAL, height=0.65)
    for place, value in zip(places, values, strict=True):
        right.text(value + 0.15, place, f"{value:.2f}", va="center", fontsize=8)
    right.set(title="published", xlabel="Inception score", xlim=(0, 11.24))
    left.invert_yaxis()
    for axis in (left, right):
        axis.grid(visible=False, axis="y")
    return Drawing(
        "table",
        "The rows of the table",
        "Left: score at the end by row; letters are settings of the optimizer, the bar ends at the best. Right: the "
        "published Inception scores, on an axis of their own: compare orders, not numbers, unless both are made alike.",
        figure,
    )


DRAWERS = (table,)
