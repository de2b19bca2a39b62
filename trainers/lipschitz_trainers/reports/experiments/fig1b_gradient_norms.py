"""Figure 1b: norms of gradients by layer, and histograms of weights, side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import WeightHistogram, read_weights
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig1b_gradient_norms import UNTRAINED
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, WIDTH

HISTOGRAMS = {"clipping_0.01": 0.02, "two_sided_gradient_penalty": 0.5}
"""The two of the paper's figure, and how far their axes reach."""

BINS = 50
"""Of an axis, however narrow those in the file are: weights at the bounds fill two of those alone."""


def gradient_norms(overview: Overview) -> Drawing | None:
    """Draw both panels."""
    study = overview.study
    variants = [
        variant
        for group in study.groups
        for variant in group.variants
        if runs_of(study, variant.name) and not variant.name.startswith(UNTRAINED)
    ]
    if not variants:
        return None
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    left, *right = figure.subplots(1, 3, width_ratios=[2, 1, 1])
    for variant in variants:
        look = overview.looks[variant.label]
        curves = [_curve(study, variant.name, run.seed) for run in runs_of(study, variant.name)]
        for i, (layers, logs) in enumerate(curves):
            left.plot(
                layers,
                logs,
                color=look.color,
                marker=look.marker,
                markersize=4,
                linewidth=1.4,
                alpha=1.0 if i == 0 else 0.4,
                label=variant.label if i == 0 else None,
            )
    left.invert_xaxis()
    left.set(xlabel="layer, from output to input", ylabel="gradient norm, decimal logarithm")
    left.legend(fontsize=8)
    for axis, (name, reach) in zip(right, HISTOGRAMS.items(), strict=True):
        _histogram(axis, overview, name, reach)
    return Drawing(
        "gradient_norms",
        "Gradients by layer, and weights",
        "Left: mean norm of the gradient of the score by the output of each layer (at the last one: 1); "
        "a straight line that falls to the right vanishes, one that rises explodes. Right: weights of the critic. The "
        "paper's curves start at the gradient of the mean over a batch, lower by a constant.",
        figure,
    )


def _curve(study: Study, variant: str, seed: int) -> tuple[list[int], list[float]]:
    run = next(run for run in runs_of(study, variant) if run.seed == seed)
    count = int(np.nan_to_num(run.metric("layer_count")))
    logs = {layer: run.metric(f"layer_gradient_{layer}") for layer in range(1, count + 1)}
    return list(logs), list(logs.values())


def _histogram(axis: Axes, overview: Overview, name: str, reach: float) -> None:
    runs = runs_of(overview.study, name)
    found = read_weights(overview.study.run_folder(runs[0])) if runs else None
    axis.set_title(name, fontsize=8.5, color=overview.looks[name].ink if name in overview.looks else DARK)
    axis.set(xlabel="weight", yticks=[], xlim=(-reach, reach), xticks=[-reach, 0, reach])
    axis.grid(visible=False)
    if found is None:
        axis.text(0.5, 0.5, "not there", transform=axis.transAxes, ha="center")
        return
    edges = np.linspace(-reach, reach, BINS + 1)
    axis.stairs(rebinned(found, edges), edges, fill=True, color=overview.looks[name].color)


def rebinned(found: WeightHistogram, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the counts in other bins, each old one shared out by how much of it lies in which; shape (bins,).

    Args:
        found: the histogram.
        edges: of the new bins, ascending, shape (bins + 1,).

    Example:
        >>> rebinned(WeightHistogram(np.array([0.0, 1.0, 2.0]), np.array([4.0, 2.0])), np.array([0.5, 2.0, 3.0]))
        array([4., 0.])
    """
    below = np.concatenate([[0.0], np.cumsum(found.counts, dtype=np.float64)])
    return np.diff(np.interp(edges, found.edges.astype(np.float64), below))


DRAWERS = (gradient_norms,)
