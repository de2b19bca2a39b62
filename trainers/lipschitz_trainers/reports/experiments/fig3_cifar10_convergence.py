"""Figure 3: scores over iterations and over seconds."""

from __future__ import annotations

import math
import textwrap

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.clock import clock_of, unit_of
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig3_cifar10_convergence import (
    ADAM,
    CLIP,
    DCGAN,
    RMSPROP,
    VARIANTS,
)
from lipschitz_trainers.analyses.formula_scores import curve_of, score_of
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, OTHERS, REAL, WIDTH

LOOKS = {
    CLIP: (KNOWN["weight_clipping"], "weight clipping"),
    RMSPROP: (OTHERS[2], "gradient penalty (RMSProp)"),
    ADAM: (KNOWN["two_sided_gradient_penalty"], "gradient penalty (Adam)"),
    DCGAN: (OTHERS[0], "DCGAN"),
}


def convergence(overview: Overview) -> Drawing | None:
    """Draw the first run of each variant, by iterations on the left and by seconds on the right."""
    study = overview.study
    score = score_of(study)
    firsts = {name: found[0] for name in VARIANTS if (found := runs_of(study, name))}
    if score is None or not firsts:
        return None
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for name, run in firsts.items():
        color, label = LOOKS[name]
        curve = curve_of(study, run, score)
        left.plot(curve.steps, curve.values, color=color, linewidth=1.6, label=label)
        time = clock_of(study, run)
        if len(time):
            seconds = np.interp(curve.steps, time.steps, time.values)
            right.plot(seconds, curve.values, color=color, linewidth=1.6)
    if math.isfinite(score.real):
        for axis in (left, right):
            axis.axhline(score.real, color=REAL, linestyle=(0, (5, 3)), linewidth=1.2)
        left.plot([], [], color=REAL, linestyle=(0, (5, 3)), label=score.told_real)
    left.set(title="by iterations", xlabel="generator iteration")
    left.set_ylabel("\n".join(textwrap.wrap(score.title, 40)))
    right.set(title="by the clock", xlabel=unit_of(study))
    right.set_xlim(left=0)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    return Drawing(
        "convergence",
        "Score over iterations and over time",
        "The first run of each method. Left: per iteration the penalty should lead clipping from early on. Right: the "
        "same scores over the time that the run took, evaluations included, in which the DCGAN, with one critic "
        "step an iteration, starts ahead. Compare scores with each other and with that of real images only.",
        figure,
    )


DRAWERS = (convergence,)
