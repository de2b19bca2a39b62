"""Distances over training with and without a penalty, one panel an objective."""

from __future__ import annotations

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.penalty_on_standard_gan import NONE, OBJECTIVES, PENALTIES
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, REAL, WIDTH

COLORS = {NONE: REAL, **{penalty: KNOWN[penalty] for penalty in PENALTIES}}


def distances(overview: Overview) -> Drawing | None:
    """Draw every run, one line a seed."""
    study = overview.study
    runs = {
        (objective, constraint): runs_of(study, f"{objective}-{constraint}")
        for objective in OBJECTIVES
        for constraint in COLORS
    }
    if not any(runs.values()):
        return None
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    axes = figure.subplots(1, len(OBJECTIVES), sharex=True, sharey=True)
    for (objective, constraint), found in runs.items():
        axis = axes[OBJECTIVES.index(objective)]
        for i, run in enumerate(found):
            w1 = read_history(study.run_folder(run), only=()).evaluated("w1")
            label = constraint if i == 0 else None
            axis.plot(w1.steps, w1.values, color=COLORS[constraint], linewidth=1.3, label=label)
        axis.set(title=objective, xlabel="generator iteration", yscale="log")
    axes[0].set_ylabel("W1 to the data")
    handles = {line.get_label(): line for axis in axes for line in axis.get_lines()}
    shown = [constraint for constraint in COLORS if constraint in handles]
    figure.legend([handles[name] for name in shown], shown, loc="outside lower center", ncols=3, fontsize=8)
    return Drawing(
        "distances",
        "Other objectives with and without a gradient penalty",
        "Exact W1 between generated and held-out samples over training, one line a seed. Good is a line that falls and "
        "never rises again.",
        figure,
    )


DRAWERS = (distances,)
