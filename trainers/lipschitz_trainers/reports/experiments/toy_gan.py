"""The toy GANs of the paper's comparison: samples under clipping and the penalties, one row a critic."""

from __future__ import annotations

from lipschitz_trainers.analyses.artifacts import first_artifact, read_samples
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.toy_gan import AUTHORS, CLIPPING, ONE, SETS, TWO
from lipschitz_trainers.reports.row_grid import PLAIN, row_grid
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.surfaces import draw_points, window_of

ROWS = (CLIPPING, TWO, AUTHORS, ONE, "one_sided_0.1")
"""The two that the paper compares, then the authors' own coefficient, and one-sided."""


def toy_samples(overview: Overview) -> Drawing | None:
    """Draw generated over real samples, of the first run of each that left some."""
    study = overview.study
    found = {
        (row, name): first_artifact(map(study.run_folder, runs_of(study, f"{name}-{row}")), read_samples)
        for row in ROWS
        for name in SETS
    }
    rows = [row for row in ROWS if any(found[row, name] for name in SETS)]
    if not rows:
        return None
    figure, axes = row_grid(rows, SETS, overview.looks, height=2.5)
    for (row, name), axis in axes.items():
        if (samples := found[row, name]) is None:
            axis.text(0.5, 0.5, "not there", transform=axis.transAxes, ha="center", va="center")
        else:
            draw_points(axis, samples, overview.looks.get(row, PLAIN), window_of(samples.real))
            axis.grid(visible=False)
    return Drawing(
        "toy_samples",
        "Generators under clipping and the penalties",
        "Generated samples in color over real ones in gray. Rows with 0.1 in their name have that coefficient, as in "
        "the authors' script, the other penalties 10, as in the paper.",
        figure,
    )


DRAWERS = (toy_samples,)
