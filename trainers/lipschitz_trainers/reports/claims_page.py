"""The page with every claim of many experiments, written beside their output folders."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.files import write_atomically
from lipschitz_trainers.analyses.outcomes import Outcome, Tally
from lipschitz_trainers.analyses.results import FILENAME
from lipschitz_trainers.analyses.wording import MISSING, duration, value_text
from lipschitz_trainers.reports.figures import Illustration
from lipschitz_trainers.reports.html import CLAIMS, render
from lipschitz_trainers.reports.index import load_index, main_figures
from lipschitz_trainers.reports.page import embedded


def write_claims_page(
    path: Path, outcomes: Mapping[Path, Outcome], problems: Mapping[str, str], not_run: Sequence[str]
) -> None:
    """Do what `lipschitz_trainers.reports.write_claims_page` says."""
    sections = [_section(outcome, folder, path.parent) for folder, outcome in outcomes.items()]
    write_atomically(path, render(_values(sections, problems, not_run), CLAIMS))


def illustrations(folder: Path) -> tuple[Illustration, ...]:
    """Return the figures that stand for an experiment; none where no report was written."""
    try:
        return main_figures(load_index(folder))
    except DataError:
        return ()


def _values(
    sections: Sequence[dict[str, Any]], problems: Mapping[str, str], not_run: Sequence[str]
) -> dict[str, Any]:
    outcomes: list[Outcome] = [section["outcome"] for section in sections]
    seconds = sum(outcome.seconds for outcome in outcomes if math.isfinite(outcome.seconds))
    return {
        "tally": Tally.of(claim for outcome in outcomes for claim in outcome.claims),
        "profiles": sorted({outcome.profile for outcome in outcomes}),
        "sections": sections,
        "runs": sum(outcome.runs for outcome in outcomes),
        "seconds": duration(seconds) if outcomes else MISSING,
        "problems": problems,
        "not_run": not_run,
        "made": made(outcomes),
    }


def made(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return when, where and with which versions the runs were made, each value once."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        facts = {"date": outcome.date, "torch-lipschitz": outcome.version, **outcome.machine}
        for key, value in facts.items():
            if value and value not in found.setdefault(key, []):
                found[key].append(value)
    dates = sorted(found.get("date", []))
    if len(dates) > 1:
        found["date"] = [f"{dates[0]} to {dates[-1]}"]
    return {key: "; ".join(values) for key, values in found.items() if values}


def _section(outcome: Outcome, folder: Path, beside: Path) -> dict[str, Any]:
    link = quote(os.path.relpath(folder, beside).replace(os.sep, "/"))
    return {
        "outcome": outcome,
        "seconds": duration(outcome.seconds),
        "report": f"{link}/report.html",
        "results": f"{link}/{FILENAME}",
        "claims": [
            {"claim": claim, "paper": value_text(claim.paper), "measured": value_text(claim.measured)}
            for claim in outcome.claims
        ],
        "figures": [embedded(drawn) for drawn in illustrations(folder)],
    }
