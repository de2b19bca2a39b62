"""Figure 4: a sheet of samples, beside real images."""

from __future__ import annotations

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.artifacts import first_artifact, read_samples
from lipschitz_trainers.analyses.evidence import runs_of
from lipschitz_trainers.analyses.experiments.fig4_lsun_resnet import VARIANT
from lipschitz_trainers.reports.grids import draw_grid
from lipschitz_trainers.reports.scene import Drawing, Overview
from lipschitz_trainers.reports.style import WIDTH


def sheet(overview: Overview) -> Drawing | None:
    """Draw samples of the first run, large, and as many real images."""
    study = overview.study
    samples = first_artifact(map(study.run_folder, runs_of(study, VARIANT)), read_samples)
    if samples is None or not samples.are_images:
        return None
    figure = Figure(figsize=(WIDTH, 0.53 * WIDTH), layout="compressed")
    for axis, images, title in zip(
        figure.subplots(1, 2), (samples.fake, samples.real), ("Generated", "Real"), strict=True
    ):
        draw_grid(axis, images)
        axis.set_title(title)
    return Drawing(
        "sheet",
        "Samples of deep residual networks",
        "Generated images, not selected, and real ones. The paper's sheet shows bedrooms of 128x128 after 200,000 "
        "iterations.",
        figure,
        photographs=True,
    )


DRAWERS = (sheet,)
