"""Figure 5: the negative critic loss on training and validation data, one panel a run."""

from __future__ import annotations

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig5_overfitting import CLIP, GP, LSUN, losses
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, REAL, WIDTH

TITLES = {
    LSUN: "(a) LSUN bedrooms, gradient penalty",
    GP: "(b) 1,000 digits, gradient penalty",
    CLIP: "(b) 1,000 digits, weight clipping",
}


def curves(overview: Overview) -> Drawing | None:
    """Draw the first run of each variant."""
    study = overview.study
    found = {
        variant: one
        for variant in TITLES
        for run in runs_of(study, variant)[:1]
        if len(one := losses(study, run))
    }
    if not found:
        return None
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    axes = figure.subplots(1, len(found), squeeze=False)[0]
    for axis, (variant, one) in zip(axes, found.items(), strict=True):
        color = KNOWN[variant.partition("-")[2]]
        axis.plot(one.train.steps, one.train.values, color=color, linewidth=1.6, label="training")
        axis.plot(one.validation.steps, one.validation.values, color=REAL, linewidth=1.6, label="validation")
        axis.set(title=TITLES[variant], xlabel="generator iteration")
        # The first values are many times the later ones, where the curves part.
        late = one.train.values[len(one) // 10 :]
        low = min(0.0, float(one.validation.values.min()))
        axis.set_ylim(low, max(1.5 * float(late.max()), low + 1e-9))
        axis.legend()
    axes[0].set_ylabel("negative critic loss")
    return Drawing(
        "losses",
        "Negative critic loss on training and validation data",
        "Median filtered, the penalty inside both. A validation value below the training value means that the critic "
        "overfits; a training value that rises as well, that it does so faster than the generator learns. Values under "
        "clipping are in units of an unknown Lipschitz constant. The first values may lie above the picture.",
        figure,
    )


DRAWERS = (curves,)
