"""Figure 2: samples of all architectures under all methods, and what became of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lipschitz_trainers.analyses.artifacts import Array, Samples, first_artifact, read_samples
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig2_architectures import (
    ARCHITECTURES,
    METHODS,
    READING,
    outcome,
)
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.trained_images import CRITERION, Outcome, judged
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, REAL, WIDTH

SHOWN = 4
"""Samples in a cell."""

SHADES: dict[Outcome | None, str] = {"trained": "#d9efe6", "collapsed": "#fbe6c4", "untrained": "#f4d6cf"}
INK: dict[Outcome | None, str] = {"trained": "#00664a", "collapsed": "#7a4a00", "untrained": "#8c2a17"}


def sheet(overview: Overview) -> Drawing | None:
    """Draw four samples of every cell, and at the bottom real images."""
    study = overview.study
    found = {
        (architecture, method): samples
        for architecture in ARCHITECTURES
        for method in METHODS
        if (samples := _samples(study, f"{architecture}-{method}")) is not None
    }
    rows = [one for one in ARCHITECTURES if any((one, method) in found for method in METHODS)]
    if not rows:
        return None
    height = WIDTH / len(METHODS) / SHOWN
    figure = Figure(figsize=(WIDTH, (height + 0.28) * (len(rows) + 1)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.02, hspace=0, wspace=0)  # pyright: ignore
    axes: Any = figure.subplots(len(rows) + 1, len(METHODS), squeeze=False)
    real = next(iter(found.values())).real
    for i, axis in enumerate(axes[-1]):
        _strip(axis, real[i * SHOWN : (i + 1) * SHOWN])
    for architecture, panels in zip(rows, axes, strict=False):
        for method, axis in zip(METHODS, panels, strict=True):
            samples = found.get((architecture, method))
            _strip(axis, None if samples is None else samples.fake[:SHOWN])
            became = outcome(study, architecture, method)
            if became is not None:
                axis.set_xlabel(became, fontsize=7, color=INK[became], labelpad=1)
        panels[0].set_title(ARCHITECTURES[architecture], fontsize=8)
    axes[-1][0].set_title("Real images", fontsize=8)
    for label, axis in zip(METHODS.values(), axes[0], strict=True):
        axis.text(0.5, 1.5, label, transform=axis.transAxes, ha="center", weight="bold", color=DARK)
    return Drawing(
        "architectures",
        "Seven architectures under four methods",
        "Four samples of each cell, first seed, not selected; each method has one set of hyperparameters. Below each "
        f"cell what became of it. {CRITERION}",
        figure,
        photographs=True,
    )


def outcomes(overview: Overview) -> Drawing | None:
    """Draw score and coverage of every cell, beside what the paper's figure shows."""
    study = overview.study
    if not any(outcome(study, *cell) for cell in _cells()):
        return None
    figure = Figure(figsize=(WIDTH, 0.52 * (len(ARCHITECTURES) + 1)), layout="constrained")
    axis = figure.subplots()
    for row, architecture in enumerate(ARCHITECTURES):
        for column, method in enumerate(METHODS):
            became = outcome(study, architecture, method)
            axis.add_patch(
                Rectangle(
                    (column, row), 1, 1, facecolor=SHADES.get(became, "white"), edgecolor="white", linewidth=2
                )
            )
            told = [str(judged(run)) for run in runs_of(study, f"{architecture}-{method}")][:1] or ["not run"]
            middle = column + 0.5
            axis.text(
                middle, row + 0.36, told[0], ha="center", va="center", fontsize=8, color=INK.get(became, DARK)
            )
            axis.text(
                middle,
                row + 0.72,
                f"paper: {READING[architecture][column]}",
                ha="center",
                va="center",
                fontsize=7,
                color=REAL,
            )
    axis.set(xlim=(0, len(METHODS)), ylim=(len(ARCHITECTURES), 0))
    axis.set_xticks(np.arange(len(METHODS)) + 0.5, METHODS.values())
    axis.set_yticks(np.arange(len(ARCHITECTURES)) + 0.5, ARCHITECTURES)
    axis.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    key = [Rectangle((0, 0), 1, 1, facecolor=shade, label=became) for became, shade in SHADES.items()]
    figure.legend(handles=key, loc="outside lower center", ncols=len(key))
    return Drawing(
        "outcomes",
        "Which architectures train under which method",
        "Classifier score and coverage as shares of what real images get, first seed. "
        f"{CRITERION} In gray what we see in the paper's figure, after 200,000 iterations "
        "on bedrooms.",
        figure,
    )


def strip(images: Array) -> Array:
    """Return images, shape (n, channels, height, width) in [-1, 1], side by side with white lines between them.

    Returns:
        Shape (height, columns) for one channel, (height, columns, 3) for three; values in [0, 1].
    """
    shown = np.nan_to_num(np.clip((images + 1) / 2, 0, 1)).astype(np.float32)
    framed = np.pad(shown, ((0, 0), (0, 0), (0, 0), (0, 1)), constant_values=1.0)
    joined = np.concatenate([image.transpose(1, 2, 0) for image in framed], axis=1)[:, :-1]
    return joined[..., 0] if joined.shape[2] == 1 else joined


def _strip(axis: Axes, images: Array | None) -> None:
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.grid(visible=False)
    if images is not None and len(images):
        axis.imshow(strip(images), cmap="gray", vmin=0, vmax=1, interpolation="auto")


def _samples(study: Study, variant: str) -> Samples | None:
    found = first_artifact(map(study.run_folder, runs_of(study, variant)), read_samples)
    return found if found is not None and found.are_images else None


def _cells() -> list[tuple[str, str]]:
    return [(architecture, method) for architecture in ARCHITECTURES for method in METHODS]


DRAWERS = (sheet, outcomes)
