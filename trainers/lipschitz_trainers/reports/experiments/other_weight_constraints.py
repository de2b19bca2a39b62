"""Gradients by layer of the deep critics, one curve a constraint, in the layout of figure 1b."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.other_weight_constraints import (
    CLIPPING,
    DECAYS,
    NONE,
    OTHERS,
    PENALTIES,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, MARKERS, WIDTH
from lipschitz_trainers.reports.style import OTHERS as COLORS


def deep_gradients(overview: Overview) -> Drawing | None:
    """Draw the first run of every constraint."""
    study = overview.study
    names = (CLIPPING, *OTHERS, *(f"{name}_{large}" for name, large in DECAYS.items()), *PENALTIES, NONE)
    runs = {name: found[0] for name in names if (found := runs_of(study, f"deep-{name}"))}
    if not runs:
        return None
    figure = Figure(figsize=(WIDTH, 4.0), layout="constrained")
    axis = figure.subplots()
    for i, (name, run) in enumerate(runs.items()):
        layers = range(1, int(np.nan_to_num(run.metric("layer_count"))) + 1)
        axis.plot(
            list(layers),
            [run.metric(f"layer_gradient_{layer}") for layer in layers],
            color=DARK if name == NONE else KNOWN.get(name, COLORS[i % len(COLORS)]),
            marker=MARKERS[i % len(MARKERS)],
            markersize=4,
            linewidth=1.4,
            linestyle=":" if name == NONE else "-",
            label=name,
        )
    axis.invert_xaxis()
    axis.set(xlabel="layer, from output to input", ylabel="gradient norm, decimal logarithm")
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return Drawing(
        "deep_gradients",
        "Gradients by layer, 12 layers",
        "Mean norm of the gradient of the score by the output of each layer (at the last one: 1). A line that falls to "
        "the right vanishes, one that rises explodes; under the penalties it stays level. Dotted: without any "
        "constraint. Numbers behind a decay's name are coefficients; without one it is 0.001.",
        figure,
    )


DRAWERS = (deep_gradients,)
