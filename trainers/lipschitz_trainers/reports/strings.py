"""Text: generated lines beside real ones."""

from __future__ import annotations

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.artifacts import read_samples
from lipschitz_trainers.reports.lettering import draw_lines, height_of, letter_size, panels_beside
from lipschitz_trainers.reports.scene import Drawing, Scene
from lipschitz_trainers.reports.style import DARK, WIDTH, wrapped

LINES = 16
"""Of each kind."""

TITLE = 0.45
"""Inches above the lines."""


def strings(scene: Scene) -> Drawing | None:
    """Write real lines, then every variant's generated ones."""
    found = [(row, samples) for row, samples in scene.first_artifacts(read_samples) if samples.are_text]
    if not found or scene.critic_only:
        return None
    real = found[0][1]
    length = real.real.shape[1]
    columns = min(panels_beside(length, most=3), len(found) + 1)
    rows = -(-(len(found) + 1) // columns)
    width = WIDTH / columns if columns > 1 or length > 64 else WIDTH / 2
    size = letter_size(length, width)
    height = rows * (height_of(LINES, size) + TITLE)
    figure = Figure(figsize=(width * columns, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    draw_lines(axes[0], real.strings(real.real[:LINES]), size, DARK)
    axes[0].set_title("real", color=DARK)
    for axis, (row, samples) in zip(axes[1:], found, strict=False):
        draw_lines(axis, samples.strings(samples.fake[:LINES]), size, DARK)
        axis.set_title(wrapped(row.variant.label, 30), color=scene.looks[row.variant.label].ink)
    for unused in axes[len(found) + 1 :]:
        unused.remove()
    return Drawing(
        "samples",
        "What the generator has learned",
        "Real lines first, then each constraint's generated ones, first seed, not selected: at each place the most "
        "probable character. Pale backquotes are padding. Look for words and spaces of the right length; lines that "
        "repeat, or one character over and over, are a sign of collapse." + scene.left_out,
        figure,
    )
