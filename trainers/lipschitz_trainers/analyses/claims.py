"""Checking an experiment's claims, and keeping what was found in ``results.json``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from lipschitz_trainers.analyses.experiments import checker
from lipschitz_trainers.analyses.results import Results
from lipschitz_trainers.analyses.study import Study, load_study


def check_claims(out_dir: Path | str) -> Results:
    """Check what the experiment in a folder claims by its runs, write it down, and return the results.

    Claims are computed from what the runs left, never kept from before.

    Raises:
        DataError: the folder holds no readable ``results.json``, or a file that a claim needs is damaged.
        UnknownNameError: it names an analysis that is not there.
    """
    study = load_study(out_dir)
    results = replace(study.results, claims=tuple(checker(analysis_of(study)["name"])(study)))
    results.save(out_dir)
    return results


def analysis_of(study: Study) -> dict[str, Any]:
    """Return the name and the options of a study's analysis."""
    found = study.results.others.get("analysis")
    return found if isinstance(found, dict) and "name" in found else {"name": "comparison"}
