"""The generated images of a run with labels, class by class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.artifacts import Array, read_arrays


def read_by_class(run_folder: Path) -> dict[int, Array] | None:
    """Return generated samples by the class they were made for, ascending, each of shape (n, *shape).

    None if the run saved no samples, or none with labels.

    Raises:
        DataError: the file is damaged, or there is not one label for each sample.
    """
    path = run_folder / "artifacts" / "samples.npz"
    if not path.is_file():
        return None
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        if "fake_labels" not in archive:
            return None
    if (arrays := read_arrays(path, "fake", "fake_labels")) is None:
        return None
    fake, labels = arrays
    if labels.shape != fake.shape[:1]:
        raise DataError(
            f"{path}: expected one label for each of the {len(fake)} samples, got shape {labels.shape}."
        )
    return {int(label): fake[labels == label] for label in np.unique(labels)}
