"""From an output folder to a page with figures, and to a table on the terminal."""

from __future__ import annotations

from pathlib import Path

from lipschitz_trainers.analyses.files import write_atomically
from lipschitz_trainers.analyses.ranking import rank
from lipschitz_trainers.analyses.study import load_study
from lipschitz_trainers.reports.figures import draw_figures
from lipschitz_trainers.reports.html import render
from lipschitz_trainers.reports.page import page
from lipschitz_trainers.reports.style import looks
from lipschitz_trainers.reports.terminal import print_report as print_report

__all__ = ["print_report", "write_report"]


def write_report(out_dir: Path | str) -> Path:
    """Draw ``figures/*.png`` and write ``report.html`` from what an output folder holds.

    Nothing is trained and no other file is touched, so a report can be made again at any time.

    Returns:
        The page.

    Raises:
        DataError: the folder holds no readable ``results.json``, or a run's configuration is damaged.
    """
    study = load_study(out_dir)
    rankings = [rank(group) for group in study.groups]
    appearance = looks(row.variant.label for ranking in rankings for row in ranking.rows)
    figures = draw_figures(study, rankings, appearance)
    path = study.folder / "report.html"
    write_atomically(path, render(page(study, rankings, figures, appearance)))
    return path
