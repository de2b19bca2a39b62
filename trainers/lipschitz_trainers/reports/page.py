"""Everything the report page says, as plain values for the template."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from lipschitz_trainers.analyses.conditions import conditions, constraint_settings, in_words
from lipschitz_trainers.analyses.failures import failures
from lipschitz_trainers.analyses.ranking import Ranking
from lipschitz_trainers.analyses.study import Group, Study, Variant
from lipschitz_trainers.analyses.verdict import verdict
from lipschitz_trainers.analyses.wording import MISSING, duration, value_text
from lipschitz_trainers.reports.figures import Figures, Illustration
from lipschitz_trainers.reports.style import DPI, Look
from lipschitz_trainers.reports.table import UNDECIDED, columns

CSS_DPI = 96
"""Pixels an inch has in a browser."""


def page(
    study: Study, rankings: Sequence[Ranking], figures: Figures, looks: Mapping[str, Look]
) -> dict[str, Any]:
    """Return the values the template shows."""
    results, words = study.results, verdict(rankings)
    return {
        "experiment": results.experiment,
        "profile": results.profile,
        "words": words,
        "datasets": [
            {"best": best, **_dataset(study, group, ranking, figures, looks)}
            for group, ranking, best in zip(study.groups, rankings, words.best, strict=True)
        ],
        "figures": [embedded(drawn) for drawn in figures.illustrations if drawn.dataset is None],
        "claims": [
            {"claim": claim, "paper": value_text(claim.paper), "measured": value_text(claim.measured)}
            for claim in results.claims
        ],
        "failures": failures(results.runs),
        "problems": figures.problems,
        "environment": {key: in_words(value) for key, value in results.environment.items()},
        "command": results.command,
        "variants": [_runs(variant) for group in study.groups for variant in group.variants],
    }


def _dataset(
    study: Study, group: Group, ranking: Ranking, figures: Figures, looks: Mapping[str, Look]
) -> dict[str, Any]:
    shown = columns(ranking)
    return {
        "name": ranking.dataset,
        "main": ranking.main,
        "columns": shown,
        "undecided": UNDECIDED if any(row.level_with_first for row in ranking.rows) else "",
        "rows": [
            {
                "row": row,
                "color": looks[row.variant.label].color,
                "cells": [(column, column.text(row)) for column in shown],
            }
            for row in ranking.rows
        ],
        "figures": [embedded(drawn) for drawn in figures.illustrations if drawn.dataset == ranking.dataset],
        "conditions": conditions(study, group),
        "constraints": constraint_settings(study, group),
    }


def embedded(drawn: Illustration) -> dict[str, Any]:
    """Return a figure as the template shows it: what it says, its size in pixels, and the image itself."""
    with Image.open(drawn.path) as image:
        width, height = (round(size * CSS_DPI / DPI) for size in image.size)
    return {
        "title": drawn.title,
        "caption": drawn.caption,
        "width": width,
        "height": height,
        "data": base64.b64encode(Path(drawn.path).read_bytes()).decode("ascii"),
    }


def _runs(variant: Variant) -> dict[str, Any]:
    times = [run.wall_seconds for run in variant.runs if math.isfinite(run.wall_seconds)]
    return {
        "name": variant.name,
        "runs": [(run, f"{quote(run.directory)}/") for run in variant.runs],
        "time": duration(sum(times)) if times else MISSING,
    }
