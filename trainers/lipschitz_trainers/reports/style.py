"""One look for all figures: a fixed color, marker and dash for every variant, fonts, saving."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from lipschitz_trainers.analyses.files import write_atomically

DPI = 150
WIDTH = 9.0
"""Inches; the page shows figures at full width."""

REAL = "#6e6e6e"
"""Real data, and what they reach."""

KNOWN = {
    "one_sided_gradient_penalty": "#0072B2",
    "two_sided_gradient_penalty": "#D55E00",
    "spectral_norm": "#009E73",
    "weight_clipping": "#AA4499",
}
"""These keep their color from one report to the next."""

OTHERS = ("#E69F00", "#56B4E9", "#882255", "#7A7A00", "#332288", "#CC79A7", "#44AA99", "#000000")
"""For everyone else, in the order they appear; all from Okabe and Ito's and Tol's color-blind-safe sets."""

MARKERS = "osD^vPX*"
DASHES = ("-", "--", "-.", ":")

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": "#333333",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": "#222222",
}


@dataclass(frozen=True)
class Look:
    """How a variant is drawn, in every figure."""

    color: str
    marker: str
    dashes: str


def looks(labels: Iterable[str]) -> dict[str, Look]:
    """Return a look for every label; the same constraint has the same look on every dataset.

    Args:
        labels: of all variants of a study, in order; repeated ones share a look.
    """
    found: dict[str, Look] = {}
    taken: set[str] = set()
    known = list(KNOWN)
    strangers = 0
    for label in dict.fromkeys(labels):
        name = next((name for name in known if label.endswith(name) and KNOWN[name] not in taken), None)
        if name is not None:
            place, color, turn = known.index(name), KNOWN[name], 0
        else:
            place, turn = len(known) + strangers % len(OTHERS), strangers // len(OTHERS)
            color = OTHERS[strangers % len(OTHERS)]
            strangers += 1
        taken.add(color)
        found[label] = Look(color, MARKERS[place % len(MARKERS)], DASHES[turn % len(DASHES)])
    return found


@contextmanager
def styled() -> Iterator[None]:
    """Draw in this look inside the block; matplotlib's settings outside are left as they were."""
    with mpl.rc_context({**mpl.rcParamsDefault, **SETTINGS, "backend": mpl.get_backend()}):
        yield


def panels(count: int, *, per_row: int = 4, height: float, **kwargs: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels in rows of at most `per_row`, each `height` inches high."""
    columns = min(count, per_row)
    rows = -(-count // columns)
    figure = Figure(figsize=(WIDTH * max(columns, 2) / max(per_row, 2), height * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **kwargs)
    axes = list(grid.flat)
    for unused in axes[count:]:
        unused.set_visible(False)
    return figure, axes[:count]
