"""A source over images that are read when they are needed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Samples, Source, Stream
from lipschitz_trainers.data.blocked_epochs import BlockedEpochs
from lipschitz_trainers.data.epochs import ShuffledEpochs
from lipschitz_trainers.data.image_store import ImageStore
from lipschitz_trainers.data.preparation import Preparation
from lipschitz_trainers.data.splits import some_held_out

LABELLED_BYTES = 2**30
"""How much memory the labelled training images may take, and the held-out ones."""


class StoredSource(Source):
    """Images of a store, trained on in shuffled epochs; only those of the running batch are in memory.

    Args:
        train: training images.
        held_out: images that are never trained on.
        preparation: how bytes become numbers.
        classes: number of classes; by default one more than the largest label.
        conditional: whether labels are handed to the networks (as the samples' condition).

    Raises:
        DataError: shapes or labels do not fit together, or labels are missing.

    Example:
        >>> import numpy as np
        >>> from lipschitz_trainers.data.image_store import RowStore, split
        >>> store = RowStore([np.zeros((10, 12), np.uint8)], (3, 2, 2))
        >>> source = StoredSource(*split(store, 2), Preparation())
        >>> source.train(torch.Generator().manual_seed(0)).next(4).x.shape
        torch.Size([4, 3, 2, 2])
    """

    kind = "images"

    def __init__(
        self,
        train: ImageStore,
        held_out: ImageStore,
        preparation: Preparation,
        *,
        classes: int | None = None,
        conditional: bool = False,
    ) -> None:
        if train.shape != held_out.shape:
            raise DataError(
                f"training and held-out images must have one shape, got {train.shape} and {held_out.shape}; give "
                f"files of one dataset, or a size that all are brought to."
            )
        if (train.labels is None) != (held_out.labels is None):
            raise DataError(
                "labels must be there for both the training and the held-out images, or for neither."
            )
        self.shape = train.shape
        if train.labels is not None and held_out.labels is not None:
            largest = int(max(train.labels.max(), held_out.labels.max()))
            self.classes = largest + 1 if classes is None else classes
        elif conditional:
            raise DataError("conditional data needs labels, got none; give labels or leave conditional off.")
        self._train = train
        self._held_out = held_out
        self._preparation = preparation
        self._conditional = conditional

    def train(self, generator: torch.Generator) -> Stream:
        """Return a stream over shuffled epochs of the training images."""
        return _StoredStream(self, generator)

    def held_out(self, n: int, generator: torch.Generator) -> Samples:
        """Return n different held-out images in random order.

        Raises:
            DataError: there are fewer than n, or one cannot be read.
        """
        chosen = some_held_out(len(self._held_out), n, generator)
        return self._pick(self._held_out, chosen, generator, train=False)

    def labelled(self) -> tuple[Samples, Samples]:
        """Return the training and held-out sets with the labels, int64, as condition.

        Sets that would take more than 1 GiB each are cut to as many images as fit, a fixed random choice.

        Raises:
            DataError: the data has no labels, or an image cannot be read.
        """
        if self._train.labels is None or self._held_out.labels is None:
            raise DataError(
                "expected a label for each image, got no labels; give them (for a folder or zip of images: one "
                "subfolder a class)."
            )
        return self._all(self._train, self._train.labels), self._all(self._held_out, self._held_out.labels)

    def _all(self, store: ImageStore, labels: Tensor) -> Samples:
        fixed = torch.Generator().manual_seed(0)
        most = LABELLED_BYTES // (4 * store.shape[0] * store.shape[1] * store.shape[2])
        rows = torch.arange(len(store))
        if len(store) > most:
            rows = torch.randperm(len(store), generator=fixed)[:most].sort().values
        return Samples(self._preparation(store.read(rows), fixed, train=False), (labels[rows],))

    def _pick(self, store: ImageStore, rows: Tensor, generator: torch.Generator, *, train: bool) -> Samples:
        x = self._preparation(store.read(rows), generator, train=train)
        return Samples(x, (store.labels[rows],) if self._conditional and store.labels is not None else ())


class _StoredStream(Stream):
    def __init__(self, source: StoredSource, generator: torch.Generator) -> None:
        store = source._train
        self._source = source
        self._generator = generator
        self._order = (
            BlockedEpochs(store.blocks, generator) if store.blocks else ShuffledEpochs(len(store), generator)
        )

    def next(self, n: int) -> Samples:
        rows = self._order.next(n)
        return self._source._pick(self._source._train, rows, self._generator, train=True)

    def state_dict(self) -> dict[str, Any]:
        return self._order.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._order.load_state_dict(state)
