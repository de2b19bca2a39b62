"""Images that are read when they are needed, by number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipschitz_trainers.data.splits import split_indices


class ImageStore(ABC):
    """A finite set of images of one shape.

    Attributes:
        shape: (channels, height, width).
        labels: class of each image, int64, shape (n,).
        blocks: sizes of the stretches that are cheap to read one after the other and dear to read mixed; empty
            where every order costs the same.
    """

    shape: tuple[int, int, int]
    labels: Tensor | None = None
    blocks: tuple[int, ...] = ()

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of images."""

    @abstractmethod
    def read(self, rows: Tensor) -> Tensor:
        """Return images by number, in the order asked for.

        Args:
            rows: int64, shape (k,).

        Returns:
            uint8, shape (k, channels, height, width).

        Raises:
            DataError: one cannot be read.
        """


class Part(ImageStore):
    """Some images of a store.

    Args:
        whole: the store.
        rows: which of its images, int64, shape (n,).
    """

    def __init__(self, whole: ImageStore, rows: Tensor) -> None:
        self.shape = whole.shape
        self.labels = None if whole.labels is None else whole.labels[rows]
        self._whole = whole
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def read(self, rows: Tensor) -> Tensor:
        """Return images by number."""
        return self._whole.read(self._rows[rows])


def split(store: ImageStore, held_out: int) -> tuple[Part, Part]:
    """Return the training and the held-out images of a store, after a fixed shuffle.

    Raises:
        DataError: nothing would be left on one side.
    """
    train, cut = split_indices(len(store), held_out)
    return Part(store, train), Part(store, cut)


class Rows(Protocol):
    """Rows of bytes, in memory or in a mapped file."""

    def __len__(self) -> int:
        """Return their number."""
        ...

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return some of them, shape (k, bytes)."""
        ...


class RowStore(ImageStore):
    """Images that are rows of bytes of one or several arrays, one after the other.

    Args:
        arrays: each of shape (n, bytes), uint8; the last bytes of a row are the image in the order channels, height,
            width.
        shape: of an image.
        labels: class of each image over all arrays, int64.
        in_blocks: whether mixing the arrays is dear.

    Example:
        >>> store = RowStore([np.zeros((4, 12), np.uint8), np.ones((2, 12), np.uint8)], (3, 2, 2))
        >>> store.read(torch.tensor([5, 0]))[:, 0, 0, 0]
        tensor([1, 0], dtype=torch.uint8)
    """

    def __init__(
        self,
        arrays: Sequence[Rows | NDArray[Any]],
        shape: tuple[int, int, int],
        labels: Tensor | None = None,
        *,
        in_blocks: bool = False,
    ) -> None:
        self.shape = shape
        self.labels = labels
        sizes = [len(array) for array in arrays]
        self.blocks = tuple(sizes) if in_blocks else ()
        self._arrays = arrays
        self._ends = np.cumsum(sizes)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, rows: Tensor) -> Tensor:
        """Return images by number."""
        wanted = rows.numpy()
        size = self.shape[0] * self.shape[1] * self.shape[2]
        pixels = np.empty((len(wanted), size), dtype=np.uint8)
        owner = np.searchsorted(self._ends, wanted, side="right")
        for i in np.unique(owner):
            here = np.flatnonzero(owner == i)
            start = 0 if i == 0 else self._ends[i - 1]
            pixels[here] = self._arrays[i][wanted[here] - start][:, -size:]
        return torch.from_numpy(pixels).reshape(-1, *self.shape)
