"""What the experiments claim: one module for each analysis, called like it, with one function ``claims(study)``.

An experiment names its analysis in YAML (``analysis: {name: fig1a_value_surfaces}``); ``comparison`` claims nothing.
Figures of an analysis are in `lipschitz_trainers.reports.experiments`, under the same name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable

from lipschitz.errors import named
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

Checker = Callable[[Study], Iterable[Claim]]


def analysis_names() -> list[str]:
    """Return the names an experiment can choose from, sorted."""
    return sorted(["comparison", *(module.name for module in pkgutil.iter_modules(__path__))])


def checker(name: str) -> Checker:
    """Return the function from a study to the claims of an analysis.

    Raises:
        UnknownNameError: there is no analysis of that name.
    """
    module = named("analysis", name, {known: known for known in analysis_names()})
    if module == "comparison":
        return lambda study: ()
    return importlib.import_module(f"{__name__}.{module}").claims
