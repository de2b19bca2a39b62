"""A store over encoded images: decoded once where they are few, in the stream where they are many."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.image_decoding import Decoder
from lipschitz_trainers.data.image_files import EncodedImages
from lipschitz_trainers.data.image_store import ImageStore

CHUNK = 1024
"""Images decoded at a time on opening."""


class DecodedStore(ImageStore):
    """Encoded images as a store, decoded by as many threads as torch uses here.

    Args:
        images: the encoded images.
        decoder: how they are decoded.
        labels: class of each, int64.
        memory: they are decoded at once and kept if that takes at most this many MiB; else whenever they are asked
            for.

    Raises:
        DataError: the first image cannot be decoded; if all are decoded at once, any cannot, or sizes differ.
    """

    def __init__(
        self, images: EncodedImages, decoder: Decoder, labels: Tensor | None = None, *, memory: int = 0
    ) -> None:
        self._images = images
        self._decoder = decoder
        self._pool: ThreadPoolExecutor | None = None
        self._kept: Tensor | None = None
        self.labels = labels
        channels, height, width = decoder(images.content(0), images.name(0)).shape
        self.shape = (channels, height, width)
        if len(images) * channels * height * width <= memory * 2**20:
            self._kept = torch.cat([self._decode(chunk) for chunk in torch.arange(len(images)).split(CHUNK)])

    def __len__(self) -> int:
        return len(self._images)

    def read(self, rows: Tensor) -> Tensor:
        """Return images by number.

        Raises:
            DataError: one cannot be read or has another size than the first.
        """
        return self._decode(rows) if self._kept is None else self._kept[rows]

    def _decode(self, rows: Tensor) -> Tensor:
        if len(rows) == 0:
            return torch.empty(0, *self.shape, dtype=torch.uint8)
        decoded: Iterable[NDArray[np.uint8]]
        if torch.get_num_threads() == 1:
            decoded = map(self._one, rows.tolist())
        else:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(torch.get_num_threads())
            decoded = self._pool.map(self._one, rows.tolist())
        return torch.from_numpy(np.stack(list(decoded)))

    def _one(self, i: int) -> NDArray[np.uint8]:
        pixels = self._decoder(self._images.content(i), self._images.name(i))
        if pixels.shape != self.shape:
            raise DataError(
                f"{self._images.name(i)}: expected an image of {self.shape[2]} x {self.shape[1]} pixels like "
                f"{self._images.names[0]}, got {pixels.shape[2]} x {pixels.shape[1]}; give the dataset a size, to "
                f"which all images are brought."
            )
        return pixels
