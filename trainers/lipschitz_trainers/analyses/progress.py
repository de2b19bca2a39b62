"""The samples a run kept through training, one array over all evaluations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.artifacts import Array, read_arrays, read_vocabulary, require_decodable

FOLDER = "progress"


@dataclass(frozen=True)
class Progress:
    """Generated samples of the same latent vectors at several times of a run.

    Attributes:
        steps: generator iterations, ascending, shape (k,).
        samples: shape (k, n, *shape); images in [-1, 1], of text the index of each character.
        vocabulary: of text: the character of each index; empty for other data.
    """

    steps: tuple[int, ...]
    samples: Array
    vocabulary: tuple[str, ...] = ()

    @property
    def are_images(self) -> bool:
        """Whether a sample is channels x height x width."""
        return self.samples.ndim == 5

    @property
    def are_text(self) -> bool:
        """Whether a sample is a line of text."""
        return bool(self.vocabulary)

    def at(self, step: int) -> Array | None:
        """Return the samples of one iteration, shape (n, *shape); None if none were kept then."""
        return self.samples[self.steps.index(step)] if step in self.steps else None


def read_progress(run_folder: Path) -> Progress | None:
    """Return the samples a run kept through training; None if it kept none.

    Of evaluations of different sizes (the setting may change when a run is resumed) as many samples are returned as
    the smallest has.

    Raises:
        DataError: a file is damaged, or the samples do not fit together.
    """
    files = {
        int(found[1]): path
        for path in (run_folder / "artifacts" / FOLDER).glob("*.npz")
        if (found := re.fullmatch(r"step-(\d+)\.npz", path.name))
    }
    if not files:
        return None
    steps = tuple(sorted(files))
    kept = [_samples(files[step]) for step in steps]
    if len({samples.shape[1:] for samples in kept}) > 1 or kept[0].ndim < 2:
        raise DataError(
            f"{run_folder / 'artifacts' / FOLDER}: samples of all steps should have one shape (n, *shape), got "
            f"{', '.join(sorted({str(samples.shape) for samples in kept}))}."
        )
    samples = np.stack([samples[: min(map(len, kept))] for samples in kept])
    vocabulary = read_vocabulary(files[steps[-1]])
    require_decodable(files[steps[-1]], vocabulary, samples)
    return Progress(steps, samples / 127.5 - 1 if samples.ndim == 5 else samples, vocabulary)


def _samples(path: Path) -> Array:
    arrays = read_arrays(path, "samples")
    if arrays is None:
        raise DataError(f"{path} has gone while it was read; make the report again when the run is finished.")
    return arrays[0]
