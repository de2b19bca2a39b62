"""All figures of an output folder, drawn and saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.claims import analysis_of
from lipschitz_trainers.analyses.ranking import Ranking
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.bars import cost, slopes
from lipschitz_trainers.reports.curves import estimates, progress
from lipschitz_trainers.reports.experiments import drawers
from lipschitz_trainers.reports.grids import grids
from lipschitz_trainers.reports.scene import Drawing, Overview, Scene, load_scene
from lipschitz_trainers.reports.snapshots import snapshots
from lipschitz_trainers.reports.strings import strings
from lipschitz_trainers.reports.style import Look, save, styled
from lipschitz_trainers.reports.surfaces import scatters, surfaces

DRAWERS: tuple[Callable[[Scene], Drawing | None], ...] = (
    progress,
    estimates,
    surfaces,
    scatters,
    grids,
    strings,
    snapshots,
    slopes,
    cost,
)
"""In the order of the page; each returns None where it has nothing to draw."""


@dataclass(frozen=True)
class Illustration:
    """A figure on disk.

    Attributes:
        path: the PNG.
        dataset: what it belongs to; None for a figure of the whole experiment.
        title: heading on the page.
        caption: what to look at.
    """

    path: Path
    dataset: str | None
    title: str
    caption: str


@dataclass(frozen=True)
class Figures:
    """What could be drawn, and why something could not."""

    illustrations: tuple[Illustration, ...]
    problems: tuple[str, ...]


def draw_figures(study: Study, rankings: Sequence[Ranking], looks: Mapping[str, Look]) -> Figures:
    """Draw everything the folder has data for into its ``figures`` folder.

    A damaged file costs the figures that need it, not the report: its message is among the problems.
    """
    drawn: list[Illustration] = []
    problems: list[str] = []

    def add(draw: Callable[[], Drawing | None], dataset: str | None, suffix: str = "") -> None:
        try:
            with styled():
                if (drawing := draw()) is not None:
                    path = study.folder / "figures" / f"{drawing.name}{suffix}.png"
                    save(drawing.figure, path, photographs=drawing.photographs)
                    drawn.append(Illustration(path, dataset, drawing.title, drawing.caption))
        except DataError as error:
            problems.append(str(error))

    overview = Overview(study, looks)
    for draw in drawers(analysis_of(study)["name"]):
        add(partial(draw, overview), None)
    for ranking in rankings:
        suffix = f"-{re.sub(r'[^A-Za-z0-9_.]+', '_', ranking.dataset)}" if len(rankings) > 1 else ""
        try:
            scene = load_scene(study, ranking, looks)
        except DataError as error:
            problems.append(str(error))
            continue
        for draw in DRAWERS:
            add(partial(draw, scene), ranking.dataset, suffix)
    return Figures(tuple(drawn), tuple(dict.fromkeys(problems)))
