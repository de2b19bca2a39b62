"""Table 3: the published scores, ours beside them only if made alike, and samples by class."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.artifacts import first_artifact
from lipschitz_trainers.analyses.evidence import runs_of, values_of
from lipschitz_trainers.analyses.experiments.table3_cifar10_resnet import (
    LABELLED,
    OURS,
    PUBLISHED,
    UNSUPERVISED,
)
from lipschitz_trainers.analyses.formula_scores import Score, score_of
from lipschitz_trainers.analyses.labelled_samples import read_by_class
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports.grids import draw_grid
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, REAL, WIDTH

COLUMNS = 8
"""Samples of a class that are shown."""

TITLES = {UNSUPERVISED: "without labels", LABELLED: "with labels"}


def published(overview: Overview) -> Drawing | None:
    """Draw the table as bars, and say what ours are."""
    study = overview.study
    score = score_of(study)
    if score is None:
        return None
    figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
    for axis, (variant, scores) in zip(figure.subplots(1, 2, sharex=True), PUBLISHED.items(), strict=True):
        found = summary(values_of(study, variant, score.key)).mean
        bars = dict(scores)
        if score.as_in_papers and found == found:
            bars["this run"] = (found, None)
        own = KNOWN["two_sided_gradient_penalty"]
        colors = [own if name == OURS else DARK if name == "this run" else REAL for name in bars]
        axis.barh(
            list(bars),
            [value for value, _ in bars.values()],
            xerr=[spread or 0.0 for _, spread in bars.values()],
            color=colors,
            height=0.65,
        )
        for place, (value, spread) in enumerate(bars.values()):
            axis.text(value + (spread or 0) + 0.1, place, f"{value:.2f}", va="center", fontsize=7.5)
        axis.set(title=f"published, {TITLES[variant]}", xlabel="Inception score")
        axis.set_xlim(0, 10)
        axis.invert_yaxis()
        axis.grid(visible=False, axis="y")
        _say(axis, score, found)
    return Drawing(
        "published_scores",
        "The paper's table, and this study",
        "Bars: Inception scores as the paper lists them; the colored one is the paper's own network. Below each panel: "
        "what the runs of this study reached. It is drawn among the others only where it is made as they are: by the "
        "Inception network, from 50,000 images.",
        figure,
    )


def by_class(overview: Overview) -> Drawing | None:
    """Draw generated samples, a row for each class they were made for."""
    study = overview.study
    found = first_artifact([study.run_folder(run) for run in runs_of(study, LABELLED)], read_by_class)
    if not found:
        return None
    side = 0.5
    figure = Figure(figsize=(COLUMNS * side + 0.8, len(found) * side + 0.1), layout="compressed")
    axes = figure.subplots(len(found), COLUMNS, squeeze=False)
    for row, (label, samples) in zip(axes, found.items(), strict=True):
        for i, axis in enumerate(row):
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            axis.grid(visible=False)
            if i < len(samples):
                draw_grid(axis, samples[i : i + 1])
        row[0].set_ylabel(f"class {label}", rotation=0, ha="right", va="center", fontsize=7)
    return Drawing(
        "samples_by_class",
        "Samples by class",
        "Generated with labels, first run, not selected: each row was asked for one class. Rows should show one kind "
        "of image each, in different versions.",
        figure,
        photographs=True,
    )


def _say(axis: Axes, score: Score, found: float) -> None:
    told = f"This study: {score.in_its_unit(number(found))}."
    axis.annotate(
        "\n".join(textwrap.wrap(told, 62)),
        (0, 0),
        (-70, -46),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=7.5,
        color=DARK,
        annotation_clip=False,
        va="top",
    )


DRAWERS = (published, by_class)
