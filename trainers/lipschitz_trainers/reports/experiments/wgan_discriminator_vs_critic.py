"""Figure 2 of WGAN: densities, discriminator and critics, and how steep they are."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lipschitz_trainers.analyses.experiments.wgan_discriminator_vs_critic import (
    CRITICS,
    DISCRIMINATOR,
    FAKE,
    ONE,
    REAL,
    critic_curves,
    discriminator_curves,
    generator_gradient,
)
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import DARK, KNOWN, OTHERS, WIDTH
from lipschitz_trainers.reports.style import REAL as GRAY

WINDOW = (-8.5, 8.5)
SMALLEST = 1e-12
"""Slopes below are not told apart."""


def values_and_slopes(overview: Overview) -> Drawing | None:
    """Draw values in the left panel, slopes in the right one."""
    study = overview.study
    curves = {name: found[0] for name in CRITICS if (found := critic_curves(study, name))}
    step = discriminator_curves(study)
    if not curves and not step:
        return None
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)

    x = np.linspace(*WINDOW, 400)
    for mean, color, label in (
        (REAL, GRAY, "density of the data"),
        (FAKE, DARK, "density of generated samples"),
    ):
        density = np.exp(-((x - mean) ** 2) / 2) / np.sqrt(2 * np.pi)
        left.fill_between(x, density, color=color, alpha=0.35, linewidth=0, label=label)
    if step:
        color = OTHERS[0]
        left.plot(step[0].x, step[0].values, color=color, label="discriminator D")
        gradient = generator_gradient(critic_curves(study, DISCRIMINATOR)[0])
        right.plot(gradient.x, _shown(gradient.slopes), color=color, label="log(1 - D)")
    for name, curve in curves.items():
        # The two penalties' critics hardly differ: dashes leave the one below to be seen.
        look = {"color": KNOWN[name], "linewidth": 1.4, "linestyle": "--" if name == ONE else "-"}
        scale = float(np.ptp(curve.between(REAL, FAKE).values)) or 1.0
        values = (curve.values - curve.at(FAKE)) / scale
        left.plot(curve.x, values, label=f"{name} / {scale:.2g}", **look)
        right.plot(curve.x, _shown(curve.slopes), label=name, **look)
    left.set(xlim=WINDOW, ylim=(-0.85, 1.45), xlabel="x", title="values")
    right.set(xlim=WINDOW, yscale="log", ylim=(SMALLEST / 3, 1e2), xlabel="x", title="steepness")
    left.legend(fontsize=7, loc="lower left")
    right.legend(fontsize=7, loc="lower left")
    return Drawing(
        "discriminator_and_critics",
        "A discriminator and critics between two Gaussians",
        "Left: critics shifted and divided by what they fall between the two means, to be drawn beside the "
        "discriminator. Right: slopes without their sign, logarithmic; where the curve of log(1 - D) leaves the panel, "
        "a generator in the minimax game learns nothing, while each critic still points the way.",
        figure,
    )


def _shown(slopes: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(slopes), SMALLEST / 10)


DRAWERS = (values_and_slopes,)
