"""A run's ``config.yaml`` and the arrays it saved to be drawn."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml
from numpy.typing import NDArray

from lipschitz.errors import DataError

Array = NDArray[np.float32]
Artifact = TypeVar("Artifact")


@dataclass(frozen=True)
class Samples:
    """Real and generated samples of one run.

    Attributes:
        real: shape (n, *shape); of text, the index of each character, shape (n, length).
        fake: shape (m, *shape).
        vocabulary: of text: the character of each index; empty for other data.
    """

    real: Array
    fake: Array
    vocabulary: tuple[str, ...] = ()

    @property
    def are_images(self) -> bool:
        """Whether a sample is channels x height x width."""
        return self.real.ndim == 4

    @property
    def are_text(self) -> bool:
        """Whether a sample is a line of text."""
        return bool(self.vocabulary)

    @property
    def are_points(self) -> bool:
        """Whether a sample is a point."""
        return self.real.ndim == 2 and not self.are_text

    def strings(self, lines: Array) -> list[str]:
        """Return lines of text, given as indices of shape (n, length), as strings, padding included."""
        return decoded(lines, self.vocabulary)


def decoded(lines: Array, vocabulary: tuple[str, ...]) -> list[str]:
    """Return lines given as indices, shape (n, length), as strings.

    Example:
        >>> decoded(np.array([[1, 0, 1]], np.float32), ("a", "b"))
        ['bab']
    """
    return ["".join(vocabulary[i] for i in line) for line in lines.astype(int).tolist()]


@dataclass(frozen=True)
class Surface:
    """A critic's values on a grid in the plane.

    Attributes:
        x: columns of the grid, shape (w,).
        y: rows of the grid, shape (h,).
        values: shape (h, w); ``values[i, j]`` is the critic's score of ``(x[j], y[i])``.
    """

    x: Array
    y: Array
    values: Array


@dataclass(frozen=True)
class Profile:
    """A critic's values on the line.

    Attributes:
        x: ascending, shape (n,).
        values: the critic's scores there, shape (n,).
    """

    x: Array
    values: Array


@dataclass(frozen=True)
class WeightHistogram:
    """How a critic's weights are distributed.

    Attributes:
        edges: of equal bins from minus to plus the largest absolute value, shape (bins + 1,).
        counts: weights in each bin, shape (bins,).
    """

    edges: Array
    counts: Array

    def share_beyond(self, part: float) -> float:
        """Return the share of weights whose absolute value is above this part of the largest, about, by whole bins."""
        centres = (self.edges[1:] + self.edges[:-1]) / 2
        beyond = np.abs(centres) > part * self.edges[-1]
        return float(self.counts[beyond].sum() / max(self.counts.sum(), 1.0))


def read_config(run_folder: Path) -> dict[str, Any]:
    """Return a run's configuration; empty if there is none.

    Raises:
        DataError: the file is not a YAML mapping.
    """
    path = run_folder / "config.yaml"
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} should hold a mapping, got {type(content).__name__}.")
    return content


def read_samples(run_folder: Path) -> Samples | None:
    """Return the samples of a run; None if it saved none.

    Raises:
        DataError: the file is damaged, or real and generated samples have different shapes.
    """
    path = run_folder / "artifacts" / "samples.npz"
    if (arrays := read_arrays(path, "real", "fake")) is None:
        return None
    real, fake = arrays
    if real.ndim < 2 or real.shape[1:] != fake.shape[1:]:
        raise DataError(
            f"{path}: real and fake should have shapes (n, *shape) and (m, *shape), "
            f"got {real.shape} and {fake.shape}."
        )
    vocabulary = read_vocabulary(path)
    require_decodable(path, vocabulary, real, fake)
    return Samples(real, fake, vocabulary)


def read_surface(run_folder: Path) -> Surface | None:
    """Return the critic's values in the plane; None if the run saved none.

    Raises:
        DataError: the file is damaged, or the values do not match the grid.
    """
    path = run_folder / "artifacts" / "surface.npz"
    if (arrays := read_arrays(path, "x", "y", "values")) is None:
        return None
    x, y, values = arrays
    if x.ndim == 2 and y.ndim == 2:  # a meshgrid, in either indexing
        if x[0, 0] == x[0, -1]:
            x, y, values = x.T, y.T, values.T
        x, y = x[0], y[:, 0]
    if values.shape != (len(y), len(x)):
        raise DataError(
            f"{path}: values should have shape {(len(y), len(x))} (rows y, columns x), got {values.shape}."
        )
    return Surface(x, y, values)


def read_profile(run_folder: Path) -> Profile | None:
    """Return the critic's values on the line; None if the run saved none.

    Raises:
        DataError: the file is damaged, or there is not one value for each place.
    """
    path = run_folder / "artifacts" / "profile.npz"
    if (arrays := read_arrays(path, "x", "values")) is None:
        return None
    x, values = arrays
    if x.ndim != 1 or x.shape != values.shape:
        raise DataError(
            f"{path}: x and values should be of one axis and equal length, got {x.shape}, {values.shape}."
        )
    return Profile(x, values)


def read_weights(run_folder: Path) -> WeightHistogram | None:
    """Return the distribution of the critic's weights; None if the run saved none.

    Raises:
        DataError: the file is damaged, or there is not one count for each bin.
    """
    path = run_folder / "artifacts" / "weights.npz"
    if (arrays := read_arrays(path, "edges", "counts")) is None:
        return None
    edges, counts = arrays
    if edges.ndim != 1 or edges.shape != (len(counts) + 1,):
        raise DataError(
            f"{path}: edges should have one entry more than counts, got {edges.shape}, {counts.shape}."
        )
    return WeightHistogram(edges, counts)


def read_arrays(path: Path, *names: str) -> list[Array] | None:
    """Return arrays of an archive; None if there is no such file.

    Raises:
        DataError: the file is damaged, or lacks one of them.
    """
    if not path.is_file():
        return None
    try:
        # Opened here, since numpy leaves the file open if the archive turns out to be damaged.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return [np.asarray(archive[name], dtype=np.float32) for name in names]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}. Expected arrays {', '.join(names)}.") from error


def read_vocabulary(path: Path) -> tuple[str, ...]:
    """Return the characters that the indices of an archive with text stand for; empty if it holds other data."""
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        if "vocabulary" not in archive:
            return ()
        # numpy takes a zero at the end of a string for its end.
        return tuple(character or "\0" for character in archive["vocabulary"].tolist())


def require_decodable(path: Path, vocabulary: tuple[str, ...], *lines: Array) -> None:
    """Refuse text with an index beyond its vocabulary; other data have none.

    Raises:
        DataError: there is one.
    """
    if not vocabulary:
        return
    for indices in lines:
        if indices.ndim < 2 or not ((indices >= 0) & (indices < len(vocabulary))).all():
            raise DataError(
                f"{path}: text should be lines of indices below {len(vocabulary)}, the size of its vocabulary, got "
                f"shape {indices.shape} and indices up to {indices.max(initial=0):g}."
            )


def first_artifact(run_folders: Iterable[Path], read: Callable[[Path], Artifact | None]) -> Artifact | None:
    """Return an artifact of the first run that saved one; None if none did."""
    return next((found for folder in run_folders if (found := read(folder)) is not None), None)
