"""Samples kept through training: a few of every evaluation, from the same latent vectors each time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipschitz_trainers.data.base import Source

KEPT = {"points": 500, "images": 16, "text": 8}
"""Samples of an evaluation that are kept, by kind of data."""

MOST = 24
"""Evaluations that are kept, at most."""


class SnapshotFolder:
    """The samples of one run, a file an evaluation, named after the generator iteration.

    Of a long run only some evaluations are kept: the first, the newest, and those at multiples of a stride that
    doubles when they become too many. Which ones is decided by their iterations alone, so that a run that died and
    was resumed ends with the same files as one that was never interrupted.

    Attributes:
        folder: where they lie.
        every: generator iterations between evaluations; `None`: only the end is evaluated.
    """

    def __init__(self, folder: Path, every: int | None) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder = folder
        self.every = every

    def save(self, samples: Tensor, source: Source, iteration: int) -> None:
        """Keep the first samples, then drop what has become too much.

        Written under another name, then moved, so that a crash leaves no half of a file.

        Args:
            samples: generated, shape (n, *shape), on the CPU.
            source: the data that they are like.
            iteration: generator iterations done.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"step-{iteration:08d}.npz"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez_compressed(file, **arrays_of(samples[: KEPT[source.kind]], source))
        partial.replace(path)
        self._thin(iteration)

    def cut(self, iteration: int) -> None:
        """Forget what was kept after `iteration`: a resumed run keeps it again."""
        for step, path in self.files().items():
            if step > iteration:
                path.unlink()

    def files(self) -> dict[int, Path]:
        """Return the files by iteration, ascending."""
        found = {path: re.fullmatch(r"step-(\d+)\.npz", path.name) for path in self.folder.glob("step-*.npz")}
        return {int(match[1]): path for path, match in sorted(found.items()) if match}

    def _thin(self, newest: int) -> None:
        if self.every is None:
            return
        stride = 1
        # Three more may be there: an evaluation before the first step, the first one, and the newest.
        while newest // self.every // stride > MOST - 3:
            stride *= 2
        for step, path in self.files().items():
            if step % (stride * self.every) and step not in (self.every, newest):
                path.unlink()


def arrays_of(samples: Tensor, source: Source) -> dict[str, Any]:
    """Return samples as small arrays to be saved.

    Args:
        samples: shape (n, *shape), on the CPU.
        source: the data that they are like.

    Returns:
        ``samples``: of images uint8 from 0 to 255, shape (n, channels, height, width), NaN as 0; of text the index of
        each place's largest value, shape (n, length), beside ``vocabulary``, the character of each index; of points
        float32.
    """
    if source.kind == "images":
        return {"samples": ((samples + 1) * 127.5).nan_to_num(0.0).round().clamp(0, 255).byte().numpy()}
    if source.kind == "text":
        return {"samples": indices_of(samples), **vocabulary_of(source)}
    return {"samples": samples.float().numpy()}


def indices_of(text: Tensor) -> NDArray[Any]:
    """Return the index of each place's largest value, shape (n, length), uint16, for text (n, length, characters)."""
    return text.argmax(dim=-1).to(torch.int32).numpy().astype(np.uint16)


def vocabulary_of(source: Source) -> dict[str, Any]:
    """Return ``vocabulary``, the character of each index, as an array; nothing for data without."""
    return {} if source.vocabulary is None else {"vocabulary": np.array(source.vocabulary)}
