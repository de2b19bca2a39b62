"""The authors' monitor of language models: n-gram divergences over training, one panel for each n."""

from __future__ import annotations

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.table4_language_model import KEY, LENGTHS, OTHERS, PENALTIES
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, REAL, WIDTH
from lipschitz_trainers.reports.style import OTHERS as FREE

COLORS = {name: KNOWN.get(name, FREE[0]) for name in (*PENALTIES, *OTHERS)}


def divergences(overview: Overview) -> Drawing | None:
    """Draw every run, one line a seed."""
    study = overview.study
    logs = {
        name: [read_history(study.run_folder(run), only=()) for run in runs_of(study, name)]
        for name in COLORS
    }
    if not any(len(log.evaluated(KEY)) for found in logs.values() for log in found):
        return None
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.subplots(1, len(LENGTHS), sharex=True, sharey=True)
    for axis, n in zip(axes, LENGTHS, strict=True):
        for name, found in logs.items():
            for i, log in enumerate(found):
                line, floor = log.evaluated(f"{KEY}_{n}"), log.evaluated(f"{KEY}_floor_{n}")
                label = name if i == 0 else None
                axis.plot(line.steps, line.values, color=COLORS[name], linewidth=1.4, label=label)
                if len(floor):
                    axis.axhline(floor.values[-1], color=REAL, linestyle=(0, (5, 3)), linewidth=1)
        axis.set(title=f"n = {n}", xlabel="generator iteration", ylim=(0, 1))
    axes[0].set_ylabel("Jensen-Shannon divergence, bits")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    return Drawing(
        "divergences",
        "N-grams of generated and of real text",
        "Jensen-Shannon divergence between the n-grams of generated lines and those of all training lines: 0 for the "
        "same text, 1 for nothing in common. Dashed: as many held-out lines. A generator that has learned which "
        "characters are frequent is low for n = 1; one that has learned their order is low for n = 4.",
        figure,
    )


DRAWERS = (divergences,)
