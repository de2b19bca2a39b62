"""Appendix C: where the same architecture ends under the one-sided and under the two-sided penalty."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lipschitz_trainers.analyses.experiments.appc_one_vs_two_sided import ENDINGS, distances
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, WIDTH

ONE, TWO = KNOWN["one_sided_gradient_penalty"], KNOWN["two_sided_gradient_penalty"]


def paired_distances(overview: Overview) -> Drawing | None:
    """Draw one panel a coefficient, one dot an architecture."""
    found = {coefficient: distances(overview.study, coefficient) for coefficient in ENDINGS}
    drawn = {coefficient: pairs for coefficient, pairs in found.items() if pairs}
    if not drawn:
        return None
    figure = Figure(figsize=(WIDTH * len(drawn) / 2, 4.5), layout="constrained")
    for axis, (coefficient, pairs) in zip(
        figure.subplots(1, len(drawn), squeeze=False)[0], drawn.items(), strict=True
    ):
        _panel(axis, pairs)
        axis.set_title(f"coefficient {coefficient}")
    return Drawing(
        "paired_distances",
        "One-sided against two-sided, architecture by architecture",
        "Each dot is an architecture: W1 to the data at the end, under the two-sided penalty over that under the "
        "one-sided one, with the same initial weights and data. Above the diagonal the one-sided penalty ends nearer "
        "to the data, below it the two-sided one.",
        figure,
    )


def _panel(axis: Axes, pairs: list[tuple[float, float]]) -> None:
    one, two = np.array(pairs).T
    ends = [0.8 * min(one.min(), two.min()), 1.25 * max(one.max(), two.max())]
    axis.plot(ends, ends, color=DARK, linewidth=1.0)
    for nearer, color, name, place, side in (
        (one < two, ONE, "one-sided", (0.03, 0.97), "left"),
        (two < one, TWO, "two-sided", (0.97, 0.03), "right"),
    ):
        axis.plot(one[nearer], two[nearer], "o", color=color, markersize=5, alpha=0.8)
        axis.text(
            *place,
            f"{name} nearer: {int(nearer.sum())}",
            transform=axis.transAxes,
            color=color,
            ha=side,
            va="top" if side == "left" else "bottom",
            fontweight="bold",
        )
    equal = one == two
    axis.plot(one[equal], two[equal], "o", color=DARK, markersize=5)
    axis.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    axis.set(xlabel="W1, one-sided", ylabel="W1, two-sided")
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        scale.set_minor_formatter(NullFormatter())


DRAWERS = (paired_distances,)
