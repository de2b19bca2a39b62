"""Panels in rows of critics and columns of data sets, as the papers' figures have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.reports.style import DARK, WIDTH, Look, wrapped

PLAIN = Look(DARK, "", "")
"""Of rows that have no color of their own in a report."""


def row_grid(
    rows: Sequence[str], columns: Sequence[str], looks: Mapping[str, Look], *, height: float
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Return a figure with a panel for each row and column, named at the left and at the top, without ticks.

    Args:
        rows: names, at least one; in the color of their looks, if they have any.
        columns: names, at least one.
        looks: of the rows, by name.
        height: of a row, in inches.

    Example:
        >>> figure, axes = row_grid(["critic"], ["swiss_roll", "digits"], {}, height=2.5)
        >>> len(figure.axes), axes["critic", "digits"].get_title()
        (2, 'digits')
    """
    figure = Figure(figsize=(WIDTH * 0.85, height * len(rows)), layout="compressed")
    panels = np.asarray(figure.subplots(len(rows), len(columns), squeeze=False))
    axes = {(row, column): panels[i, j] for i, row in enumerate(rows) for j, column in enumerate(columns)}
    for (row, column), axis in axes.items():
        axis.set(xticks=[], yticks=[])
        axis.grid(visible=False)
        if column == columns[0]:
            axis.set_ylabel(wrapped(row), color=looks.get(row, PLAIN).ink, fontweight="bold")
        if row == rows[0]:
            axis.set_title(column)
    return figure, axes
