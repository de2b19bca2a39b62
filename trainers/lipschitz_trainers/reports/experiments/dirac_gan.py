"""Trajectories of the Dirac-GAN over its vector fields, one panel a variant."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lipschitz_trainers.analyses.dirac_fields import FIELDS, FIXED
from lipschitz_trainers.analyses.experiments.dirac_gan import (
    CIRCLING,
    CONVERGING,
    SLOW,
    Trajectory,
    trajectories,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, OTHERS, panels, wrapped
from lipschitz_trainers.truth.dirac_gan import DiracField

REACH = 2.0
"""Of both axes."""

GREEN, ORANGE = KNOWN["spectral_norm"], KNOWN["two_sided_gradient_penalty"]
COLORS = dict.fromkeys(CONVERGING, GREEN) | dict.fromkeys((*CIRCLING, *SLOW), ORANGE)


def phase_portraits(overview: Overview) -> Drawing | None:
    """Draw the first run of every variant."""
    found = {name: trajectories(overview.study, name)[:1] for name in (*CIRCLING, *SLOW, *CONVERGING)}
    drawn = {name: one[0] for name, one in found.items() if one and len(one[0].theta)}
    if not drawn:
        return None
    figure, axes = panels(len(drawn), ratio=1.28, per_row=5, layout="compressed", sharex=True, sharey=True)
    for axis, (name, trajectory) in zip(axes, drawn.items(), strict=True):
        _panel(axis, trajectory, FIELDS.get(name), FIXED.get(name), COLORS[name])
        axis.set_title(wrapped(name, 22), fontsize=7.5)
    _label(axes)
    return Drawing(
        "phase_portraits",
        "Trajectories of the Dirac-GAN",
        "The generator's point theta to the right, the critic's slope psi upwards, both 1 at the start, but for "
        "gradient_normalization, whose slope between 0 and 1 is shown; the dot is where training ends, the equilibrium "
        "is in the middle. Arrows: directions of the closed-form velocity. Green: variants that should end in the "
        "middle; orange: those that should not, or come there ever more slowly.",
        figure,
    )


def _label(axes: list[Axes]) -> None:
    """Name both axes where their numbers stand: below the lowest panel of each column, and at the left."""
    places = [axis.get_subplotspec() for axis in axes]
    lowest = {
        place.colspan.start: axis for axis, place in zip(axes, places, strict=True) if place is not None
    }
    for axis in lowest.values():
        axis.set_xlabel("theta")
    for axis, place in zip(axes, places, strict=True):
        if place is not None and place.is_first_col():
            axis.set_ylabel("psi")


def _panel(
    axis: Axes, trajectory: Trajectory, field: DiracField | None, slope: float | None, color: str
) -> None:
    if field is not None:
        side = np.linspace(-REACH, REACH, 13)
        rows = side if field.bound is None else np.linspace(-field.bound, field.bound, 3)
        theta, psi = np.meshgrid(side, rows)
        by_theta, by_psi = field(theta, psi)
        length = np.maximum(np.hypot(by_theta, by_psi), 1e-12)
        axis.quiver(theta, psi, by_theta / length, by_psi / length, color="#a8a8a8", scale=22, width=0.005)
    axis.plot(
        [1.0, *trajectory.theta],
        [1.0 if slope is None else slope, *trajectory.psi],
        color=color,
        linewidth=0.9,
        marker=".",
        markersize=1.5,
    )
    axis.plot(trajectory.theta[-1], trajectory.psi[-1], "o", color=OTHERS[-1], markersize=4)
    axis.set(aspect="equal", xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axis.grid(visible=False)


DRAWERS = (phase_portraits,)
