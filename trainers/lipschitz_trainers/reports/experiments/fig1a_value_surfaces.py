"""Figure 1a: value surfaces, one row a constraint and one column a set of data, in the layout of the paper's."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Surface, first_artifact, read_samples, read_surface
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig1a_value_surfaces import (
    CLIPPING,
    LIGHT,
    ONE,
    SETS,
    SPECTRAL,
    TWO,
)
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports.row_grid import row_grid
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK

ROWS = (CLIPPING, TWO, LIGHT, ONE, SPECTRAL)
"""The paper's two first."""

REACH = 2.0
"""The paper's window, in each direction."""

LEVELS = 12
POINTS = 300
"""Real samples drawn, at most."""


def value_surfaces(overview: Overview) -> Drawing | None:
    """Draw the surface of the first run that left one, of every constraint on every set."""
    study = overview.study
    found = {(row, name): _left(study, f"{name}-{row}") for row in ROWS for name in SETS}
    rows = [row for row in ROWS if any(found[row, name] for name in SETS)]
    if not rows:
        return None
    figure, axes = row_grid(rows, SETS, overview.looks, height=2.6)
    for place, axis in axes.items():
        axis.set(aspect="equal")
        _draw(axis, found[place])
    return Drawing(
        "value_surfaces",
        "Value surfaces of the critics, by constraint and data",
        "Contours of the critic's value in the paper's window, yellow high and blue low, each panel on its own scale "
        "(given below it), with real samples. The paper has weight clipping and the two-sided penalty: "
        "there clipped critics have one maximum near the mean, and penalized ones follow the data.",
        figure,
    )


def _left(study: Study, variant: str) -> tuple[Surface, NDArray[np.float32] | None] | None:
    """Return the surface of a variant and the real samples beside it; None without a surface."""
    folders = [study.run_folder(run) for run in runs_of(study, variant)]
    surface = first_artifact(folders, read_surface)
    samples = first_artifact(folders, read_samples)
    return None if surface is None else (surface, None if samples is None else samples.real[:POINTS])


def _draw(axis: Axes, found: tuple[Surface, NDArray[np.float32] | None] | None) -> None:
    values = None if found is None else np.ma.masked_invalid(_inside(found[0]))
    if found is None or values is None or values.count() == 0 or np.ptp(values) == 0:
        words = "not there" if found is None else "flat or not finite"
        axis.text(0.5, 0.5, words, transform=axis.transAxes, ha="center", va="center")
        return
    surface, real = found
    low, high = float(values.min()), float(values.max())
    levels = np.linspace(low, high, LEVELS)
    axis.contourf(surface.x, surface.y, surface.values, levels, cmap="cividis", extend="both")
    axis.contour(
        surface.x,
        surface.y,
        surface.values,
        levels,
        colors=DARK,
        linewidths=0.4,
        linestyles="solid",
        alpha=0.6,
    )
    if real is not None:
        axis.scatter(*real.T, s=3.0, color="white", edgecolors="#00000090", linewidths=0.3)
    axis.set(xlim=_window(surface.x), ylim=_window(surface.y))
    axis.set_xlabel(f"{number(low, 2)} to {number(high, 2)}", fontsize=8)


def _window(places: NDArray[np.float32]) -> tuple[float, float]:
    """Return the ends of the paper's window, or of the grid where that is smaller."""
    return max(-REACH, float(places.min())), min(REACH, float(places.max()))


def _inside(surface: Surface) -> NDArray[np.float32]:
    """Return the values in the window; all where the grid does not reach into it."""
    columns, rows = np.abs(surface.x) <= REACH, np.abs(surface.y) <= REACH
    return surface.values[np.ix_(rows, columns)] if rows.any() and columns.any() else surface.values


DRAWERS = (value_surfaces,)
