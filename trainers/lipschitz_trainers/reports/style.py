"""One look for all figures: a fixed color, marker and dash for every variant, fonts, saving."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from lipschitz_trainers.analyses.files import write_atomically

DPI = 150
WIDTH = 9.0
"""Inches; the page shows figures at full width."""

DARK = "#222222"
"""Text, and what was measured exactly."""

REAL = "#6e6e6e"
"""Real data, and what they reach."""

KNOWN = {
    "one_sided_gradient_penalty": "#0072B2",
    "two_sided_gradient_penalty": "#D55E00",
    "spectral_norm": "#009E73",
    "weight_clipping": "#882255",
}
"""These keep their color from one report to the next."""

OTHERS = ("#332288", "#CC79A7", "#E69F00", "#56B4E9", "#AA4499", "#7A7A00", "#44AA99", "#000000")
"""For everyone else, in the order they appear; all from Okabe and Ito's and Tol's color-blind-safe sets."""

MARKERS = "osD^vPX*"
DASHES = ("-", "--", "-.", ":")

SETTINGS: dict[Any, Any] = {
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

    @property
    def ink(self) -> str:
        """The color, as dark as text needs to be on white (contrast 4.5 to 1, WCAG 2.1)."""
        return to_hex(
            tuple(next(shade for shade in _shades(self.color) if _luminance(shade) <= 1.05 / 4.5 - 0.05))
        )


def _shades(color: str) -> Iterator[NDArray[np.float64]]:
    """Yield the color darker and darker, down to black."""
    return (np.array(to_rgb(color)) * share for share in np.linspace(1.0, 0.0, 41))


def _luminance(color: NDArray[np.float64]) -> float:
    linear = np.where(color <= 0.03928, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


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


def styled() -> AbstractContextManager[None]:
    """Draw in this look inside a ``with`` block; matplotlib's settings outside are left as they were."""
    return mpl.rc_context(SETTINGS)


def panels(
    count: int,
    *,
    ratio: float,
    per_row: int = 4,
    layout: Literal["constrained", "compressed"] = "constrained",
    **sharing: Any,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels in rows of similar length.

    Args:
        count: panels.
        ratio: height of a panel, title and labels included, over its width.
        per_row: most in a row.
        layout: ``"compressed"`` for panels of fixed aspect, so that they stay close together.
        sharing: passed to `Figure.subplots`.
    """
    rows = -(-count // per_row)
    columns = -(-count // rows)
    width = WIDTH / max(columns, 3)
    figure = Figure(figsize=(width * columns, width * ratio * rows), layout=layout)
    axes = list(figure.subplots(rows, columns, squeeze=False, **sharing).flat)
    for unused in axes[count:]:
        unused.remove()
    for lowest in axes[max(0, count - columns) : count]:  # shared axes label the last row only, full or not
        lowest.tick_params(labelbottom=True)
    return figure, axes[:count]


def wrapped(label: str, width: int = 20) -> str:
    """Break a long snake_case name after underscores into lines of similar length, for small panels.

    Example:
        >>> wrapped("one_sided_gradient_penalty").split()
        ['one_sided_', 'gradient_penalty']
    """
    fewest = len(_lines(label, width))
    narrowest = next(w for w in range(1, width + 1) if len(_lines(label, w)) == fewest)
    return plain("\n".join(_lines(label, narrowest)))


def _lines(label: str, width: int) -> list[str]:
    lines = [""]
    for part in re.findall(r"[^_\s-]*[_\s-]*", label):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return lines


def plain(text: str) -> str:
    """Keep matplotlib from reading a dollar sign in a name as mathematics."""
    return text.replace("$", r"\$")


def save(figure: Figure, path: Path, *, photographs: bool = False) -> None:
    """Write a PNG; with a palette of 256 colors, which suits drawings, unless it shows photographs."""
    drawn = io.BytesIO()
    figure.savefig(
        drawn, format="png", dpi=DPI, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.08
    )
    image = Image.open(drawn).convert("RGB")
    if not photographs:
        image = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    compact = io.BytesIO()
    image.save(compact, format="png", optimize=True)
    write_atomically(path, compact.getvalue())
