"""What the trainer asks of data: an endless stream of real samples, and held-out ones to judge by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor

from lipschitz.fields import Checked
from lipschitz_trainers.truth.base import Side

Kind: TypeAlias = Literal["points", "images", "text"]
"""What samples are, see `Source`."""


class Samples(NamedTuple):
    """Samples and their per-sample conditions.

    Attributes:
        x: shape (n, *shape), float32.
        condition: per-sample entries (class labels, ...), each with first axis n.
    """

    x: Tensor
    condition: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Modes:
    """The components of a Gaussian mixture, in the data's own units.

    Attributes:
        centres: shape (modes, dimension).
        std: standard deviation of each component per axis.
    """

    centres: Tensor
    std: float


class Stream(ABC):
    """An endless supply of training samples whose position can be saved and restored exactly."""

    @abstractmethod
    def next(self, n: int) -> Samples:
        """Return the next n samples."""

    def state_dict(self) -> dict[str, Any]:
        """Return the position, besides the state of the generator it draws from."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Return to a saved position."""
        del state


class Source(ABC):
    """An opened dataset.

    Attributes:
        shape: shape of one sample.
        kind: ``"points"`` (plotted in the plane), ``"images"`` (shown as grids; values in [-1, 1]) or ``"text"``
            (one-hot characters, shape (length, characters); shown as strings).
        modes: for Gaussian mixtures.
        classes: number of classes of labelled data.
        side: for one of two distributions with a known distance.
        vocabulary: of text: the character of each index.
        train_lines: of text: all training lines as indices, any integer type, shape (lines, length); for n-gram counts.
    """

    shape: tuple[int, ...]
    kind: Kind
    modes: Modes | None = None
    classes: int | None = None
    side: Side | None = None
    vocabulary: tuple[str, ...] | None = None
    train_lines: Tensor | None = None

    @abstractmethod
    def train(self, generator: torch.Generator) -> Stream:
        """Return a stream of training samples drawn with `generator` (a CPU generator)."""

    @abstractmethod
    def held_out(self, n: int, generator: torch.Generator) -> Samples:
        """Return n real samples that no training stream returns (for a sampler: fresh draws).

        Raises:
            DataError: there are fewer than n.
        """

    def labelled(self) -> tuple[Samples, Samples]:
        """Return the whole labelled training and held-out sets, for classifier-based metrics.

        Raises:
            DataError: the data has no labels.
        """
        from lipschitz.errors import DataError

        raise DataError(f"{type(self).__name__} has no labels, so no classifier can be trained on it.")

    def decode(self, x: Tensor) -> list[str]:
        """Return text as strings: at each position the character with the largest value, padding included.

        Args:
            x: samples of this data or of a generator, shape (n, length, characters).

        Raises:
            DataError: this is no text.
        """
        from lipschitz.errors import DataError

        if self.vocabulary is None:
            raise DataError(f"{type(self).__name__} holds {self.kind}, which cannot be read as strings.")
        return ["".join(self.vocabulary[i] for i in row) for row in x.argmax(dim=-1).tolist()]


@dataclass(frozen=True, kw_only=True)
class Dataset(Checked):
    """A dataset by name; its fields say which one exactly, `open` reads or prepares it.

    Attributes:
        name: its name in YAML and on the command line (set it on the class, it is no field).
        kind: what `Source.kind` will be, so that a configuration can be checked before anything is opened; None where
            only the opened data tell (set it on the class, it is no field).
    """

    name: ClassVar[str]
    kind: ClassVar[Kind | None] = None

    def absent(self) -> list[str]:
        """Return what the data need and is not there, one message each; cheap, nothing is opened.

        An empty list promises nothing: files may still be damaged.
        """
        return []

    def open(self) -> Source:
        """Read or prepare the data.

        Raises:
            DataError: a file is missing, damaged, or holds values that cannot be trained on.
        """
        raise NotImplementedError(f"{type(self).__name__} must define open().")
