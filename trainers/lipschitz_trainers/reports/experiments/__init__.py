"""Figures of single experiments, in the layout of the paper's: one module for each analysis that has some.

A module is called like the analysis and has ``DRAWERS``: functions from an `Overview` to a drawing, or to None where
there is nothing to draw. They stand at the head of the report, before the figures that every experiment gets.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from lipschitz_trainers.reports.scene import Drawing, Overview


def drawers(name: str) -> tuple[Callable[[Overview], Drawing | None], ...]:
    """Return what draws the figures of an analysis; nothing for one without figures of its own."""
    if name not in {module.name for module in pkgutil.iter_modules(__path__)}:
        return ()
    return importlib.import_module(f"{__name__}.{name}").DRAWERS
