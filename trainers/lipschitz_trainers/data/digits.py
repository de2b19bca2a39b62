"""Small real handwritten digits that need no download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch.nn.functional import interpolate

from lipschitz_trainers.data.array_source import ArraySource
from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.data.splits import split_indices

HELD_OUT = 500
SIDE = 8


@dataclass(frozen=True, kw_only=True)
class Digits(Dataset):
    """The 1,797 handwritten digits of scikit-learn: shape (1, 8, 8), values in [-1, 1], 10 classes.

    1,297 are trained on in shuffled epochs, 500 are held out; the split is fixed. They are the test part of
    the "optical recognition of handwritten digits" set of the UCI repository (Alpaydin, Kaynak 1998).

    Attributes:
        size: height and width in pixels that the 8x8 scans are brought to, by bilinear interpolation: for networks
            that are built for larger images. They show no more than before.
        limit: at most this many images are trained on, a fixed random choice.
        conditional: whether each sample carries its label, int64, as condition for the networks.

    Example:
        >>> source = Digits().open()
        >>> source.shape, source.classes
        ((1, 8, 8), 10)
    """

    name = "digits"
    kind = "images"
    size: Annotated[int, Ge(8), Le(128)] = SIDE
    limit: Annotated[int, Ge(1)] | None = None
    conditional: bool = False

    def open(self) -> Source:
        """Return the images.

        Raises:
            MissingExtraError: scikit-learn, which holds them, is not installed.
        """
        datasets = import_extra("sklearn.datasets", package="scikit-learn", needed_for="the digits dataset")
        pixels, targets = datasets.load_digits(return_X_y=True)
        images = torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, SIDE, SIDE) / 8 - 1  # from 0..16
        if self.size != SIDE:
            images = interpolate(images, size=(self.size, self.size), mode="bilinear")
        labels = torch.tensor(targets, dtype=torch.int64)
        train, held_out = split_indices(len(images), HELD_OUT)
        train = train[: self.limit]  # in random order already
        return ArraySource(
            images[train],
            images[held_out],
            kind="images",
            train_labels=labels[train],
            held_out_labels=labels[held_out],
            conditional=self.conditional,
        )
