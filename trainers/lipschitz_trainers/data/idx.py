"""Images from files in MNIST's format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError, FieldError
from lipschitz_trainers.data.array_source import ArraySource
from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.idx_format import read_images, read_labels
from lipschitz_trainers.data.places import absent_paths
from lipschitz_trainers.data.splits import split_indices


@dataclass(frozen=True, kw_only=True)
class Idx(Dataset):
    """Gray images in IDX files (MNIST, Fashion-MNIST, EMNIST, ...), plain or gzipped; values in [-1, 1].

    Kept as bytes in memory and scaled batch by batch.

    Attributes:
        images: path of the training images; a relative one is seen from the working directory.
        labels: path of their labels, one per image; needed by classifier-based metrics.
        held_out_images: path of images never trained on; without it, a fixed part of `images` is held out.
        held_out_labels: path of their labels.
        held_out: without held-out files, how many images are held out: the last ones after a fixed shuffle.
        limit: at most this many images are trained on, a fixed random choice.
        conditional: whether each sample carries its label, int64, as condition for the networks.

    Example:
        >>> Idx(images="train-images-idx3-ubyte.gz", held_out=5000).held_out
        5000
    """

    name = "idx"
    kind = "images"
    images: str
    labels: str | None = None
    held_out_images: str | None = None
    held_out_labels: str | None = None
    held_out: Annotated[int, Ge(1)] = 1000
    limit: Annotated[int, Ge(1)] | None = None
    conditional: bool = False

    def __post_init__(self) -> None:
        """Refuse combinations of files that cannot be used together."""
        if self.held_out_labels is not None and self.held_out_images is None:
            raise FieldError(
                "Idx.held_out_labels needs Idx.held_out_images, the images that the labels belong to."
            )
        if self.held_out_images is not None and (self.labels is None) != (self.held_out_labels is None):
            raise FieldError(
                f"Idx.labels and Idx.held_out_labels must both be given or both be left out, got "
                f"labels={self.labels!r} and held_out_labels={self.held_out_labels!r}."
            )
        if self.conditional and self.labels is None:
            raise FieldError("Idx.conditional needs Idx.labels, the file with the labels to condition on.")

    def absent(self) -> list[str]:
        """Return a message for each path at which there is nothing."""
        return [
            *absent_paths("an IDX file of images", self.images, self.held_out_images),
            *absent_paths("an IDX file of labels", self.labels, self.held_out_labels),
        ]

    def open(self) -> Source:
        """Read and check all files.

        Raises:
            DataError: a file is missing, damaged, empty or of another kind, or files do not fit together.
        """
        train, train_labels = _read_pair(self.images, self.labels)
        if self.held_out_images is not None:
            held_out, held_out_labels = _read_pair(self.held_out_images, self.held_out_labels)
            if train.shape[1:] != held_out.shape[1:]:
                raise DataError(
                    f"{self.held_out_images}: expected images of shape {tuple(train.shape[1:])} as in "
                    f"{self.images}, got {tuple(held_out.shape[1:])}; give files of one dataset."
                )
        else:
            if self.held_out >= len(train):
                raise DataError(
                    f"{self.images}: expected more than held_out={self.held_out} images, got {len(train)}; "
                    f"hold out fewer."
                )
            kept, cut = split_indices(len(train), self.held_out)
            train, held_out = train[kept], train[cut]
            labels = train_labels
            train_labels = None if labels is None else labels[kept]
            held_out_labels = None if labels is None else labels[cut]
        if self.limit is not None and self.limit < len(train):
            chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[: self.limit]
            train = train[chosen]
            train_labels = None if train_labels is None else train_labels[chosen]
        return ArraySource(
            train,
            held_out,
            kind="images",
            train_labels=train_labels,
            held_out_labels=held_out_labels,
            conditional=self.conditional,
        )


def _read_pair(images: str, labels: str | None) -> tuple[Tensor, Tensor | None]:
    pixels = read_images(images).unsqueeze(1)
    if labels is None:
        return pixels, None
    classes = read_labels(labels)
    if len(classes) != len(pixels):
        raise DataError(
            f"{labels}: expected {len(pixels)} labels, one for each image of {images}, got {len(classes)}; "
            f"give the labels that belong to these images."
        )
    return pixels, classes
