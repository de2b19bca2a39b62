"""Trajectories of the Dirac-GAN over its vector fields, one panel a variant."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lipschitz_trainers.analyses.experiments.dirac_gan import (
    CIRCLING,
    CONVERGING,
    FIELDS,
    Trajectory,
    trajectories,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import KNOWN, OTHERS, panels
from lipschitz_trainers.truth.dirac_gan import DiracField

REACH = 2.0
"""Of both axes."""

GREEN, ORANGE = KNOWN["spectral_norm"], KNOWN["two_sided_gradient_penalty"]
COLORS = dict.fromkeys(CONVERGING, GREEN) | dict.fromkeys(CIRCLING, ORANGE)


def phase_portraits(overview: Overview) -> Drawing | None:
    """Draw the first run of every variant."""
    found = {name: trajectories(overview.study, name)[:1] for name in (*CIRCLING, *CONVERGING)}
    drawn = {name: one[0] for name, one in found.items() if one and len(one[0].theta)}
    if not drawn:
        return None
    figure, axes = panels(len(drawn), ratio=1.08, layout="compressed", sharex=True, sharey=True)
    for axis, (name, trajectory) in zip(axes, drawn.items(), strict=True):
        _panel(axis, trajectory, FIELDS.get(name), COLORS[name])
        axis.set_title(name.replace("_critic_steps", " critic steps"), fontsize=8.5)
    return Drawing(
        "phase_portraits",
        "Trajectories of the Dirac-GAN",
        "The generator's point theta to the right, the critic's slope psi upwards, both 1 at the start; the dot is "
        "where training ends, the equilibrium is in the middle. Arrows: directions of the closed-form velocity. Green: "
        "variants that should end in the middle; orange: those that should not.",
        figure,
    )


def _panel(axis: Axes, trajectory: Trajectory, field: DiracField | None, color: str) -> None:
    if field is not None:
        side = np.linspace(-REACH, REACH, 13)
        rows = side if field.bound is None else np.linspace(-field.bound, field.bound, 3)
        theta, psi = np.meshgrid(side, rows)
        by_theta, by_psi = field(theta, psi)
        length = np.maximum(np.hypot(by_theta, by_psi), 1e-12)
        axis.quiver(theta, psi, by_theta / length, by_psi / length, color="#b0b0b0", scale=28, width=0.004)
    axis.plot(
        [1.0, *trajectory.theta],
        [1.0, *trajectory.psi],
        color=color,
        linewidth=0.9,
        marker=".",
        markersize=1.5,
    )
    axis.plot(trajectory.theta[-1], trajectory.psi[-1], "o", color=OTHERS[-1], markersize=4)
    axis.set(aspect="equal", xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axis.grid(visible=False)


DRAWERS = (phase_portraits,)
