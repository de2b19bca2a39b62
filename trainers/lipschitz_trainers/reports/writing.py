"""Drawing the figures and writing the page."""

from __future__ import annotations

from pathlib import Path

from lipschitz_trainers.analyses.files import write_atomically
from lipschitz_trainers.analyses.ranking import rank
from lipschitz_trainers.analyses.study import load_study
from lipschitz_trainers.reports.figures import draw_figures
from lipschitz_trainers.reports.html import render
from lipschitz_trainers.reports.index import save_index
from lipschitz_trainers.reports.page import page
from lipschitz_trainers.reports.style import looks


def write_report(out_dir: Path) -> Path:
    """Do what `lipschitz_trainers.reports.write_report` says."""
    study = load_study(out_dir)
    rankings = [rank(group) for group in study.groups]
    appearance = looks(row.variant.label for ranking in rankings for row in ranking.rows)
    figures = draw_figures(study, rankings, appearance)
    save_index(study.folder, figures.illustrations)
    path = study.folder / "report.html"
    write_atomically(path, render(page(study, rankings, figures, appearance)))
    return path
