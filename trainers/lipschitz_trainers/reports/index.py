"""``figures/index.json``: what each figure of a folder shows, for pages that show some of them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.files import write_atomically
from lipschitz_trainers.analyses.parsing import Fields, read_object
from lipschitz_trainers.reports.figures import Illustration

INDEX = Path("figures") / "index.json"

TELLING = ("surfaces", "samples", "progress")
"""What stands for an experiment without figures of its own: the first of these that it has."""


def save_index(folder: Path, illustrations: Sequence[Illustration]) -> None:
    """Write down which figures a folder has."""
    content = {"figures": [{**vars(drawn), "path": drawn.path.name} for drawn in illustrations]}
    write_atomically(folder / INDEX, json.dumps(content, indent=2) + "\n")


def load_index(folder: Path) -> tuple[Illustration, ...]:
    """Return the figures of a folder, those that are gone left out.

    Raises:
        DataError: there is no readable index, as before a report was written.
    """
    top = Fields(read_object(folder / INDEX), "the file")
    found: list[dict[str, Any]] = [
        {"dataset": figure.take("dataset", str, type(None))}
        | {key: figure.take(key, str) for key in ("path", "title", "caption")}
        for figure in top.each("figures")
    ]
    if top.problems:
        raise DataError(f"{folder / INDEX} is not well-formed:\n  " + "\n  ".join(top.problems))
    # Only the name counts, so that an index never leads out of its folder.
    drawn = [
        Illustration(**{**figure, "path": folder / "figures" / Path(figure["path"]).name}) for figure in found
    ]
    return tuple(one for one in drawn if one.path.exists())


def main_figures(illustrations: Sequence[Illustration]) -> tuple[Illustration, ...]:
    """Return the figures in the layout of the paper's; else those that tell most, one a dataset."""
    own = tuple(drawn for drawn in illustrations if drawn.dataset is None)
    if own:
        return own
    for name in TELLING:
        found = tuple(drawn for drawn in illustrations if drawn.path.stem.split("-")[0] == name)
        if found:
            return found
    return ()
