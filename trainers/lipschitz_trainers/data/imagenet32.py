"""ImageNet at 32 x 32 pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.file_dataset import FileDataset
from lipschitz_trainers.data.image_store import RowStore
from lipschitz_trainers.data.npz_format import CompressedRows, load, mapped, shape_and_type
from lipschitz_trainers.data.preparation import Flips, Preparation
from lipschitz_trainers.data.stored_source import StoredSource

TRAIN = tuple(f"train_data_batch_{i}.npz" for i in range(1, 11))
HELD_OUT = ("val_data.npz",)
SHAPE = (3, 32, 32)
CLASSES = 1000
PUBLISHED = {TRAIN: 1_281_167, HELD_OUT: 50_000}
"""Images of the published files, of all of them together."""


@dataclass(frozen=True, kw_only=True)
class ImageNet32(FileDataset):
    """Downsampled ImageNet: 1,281,167 training and 50,000 held-out photographs, shape (3, 32, 32), 1,000 classes.

    Reads the npz files (``train_data_batch_1.npz`` to ``_10``, ``val_data.npz``) in place: mapped into memory, or, if
    they are compressed, two at a time, images then being shuffled within a file and files among each other. The
    older version of 1,281,149 PNG files, which the paper used, is read by `image_folder`.

    Attributes:
        folder: the folder with the npz files; by default the one named like the dataset in the folder for data.
        any_size: accept files whose numbers of images are not the published ones; without, a file that lost some is
            refused.
        conditional: whether each sample carries its label, int64 from 0, as condition for the networks.
        dequantise: add the uniform noise that fills the step between two of the 256 levels.
        flips: mirror training images at random: ``none``, ``batch`` (all of a batch or none) or ``sample``.

    References:
        Chrabaszcz, Loshchilov, Hutter: A Downsampled Variant of ImageNet as an Alternative to the CIFAR datasets,
        2017, arXiv 1707.08819.

    Example:
        >>> ImageNet32(folder="imagenet32").conditional
        False
    """

    name = "imagenet32"
    kind = "images"
    instruction = (
        "ImageNet needs an account: log in at https://image-net.org/download-images.php, fetch the npz format of the "
        "downsampled 32 x 32 images (training in one or two zip files, and validation) and unpack them so that the "
        "folder holds train_data_batch_1.npz to train_data_batch_10.npz and val_data.npz."
    )
    any_size: bool = False
    conditional: bool = False
    dequantise: bool = False
    flips: Flips = "none"

    def missing(self) -> list[str]:
        """Return the files that are not there."""
        return [name for name in (*TRAIN, *HELD_OUT) if not (self.place() / name).is_file()]

    def open(self) -> Source:
        """Map the images; read the labels.

        Raises:
            DataError: a file is missing, damaged or another than the published one.
        """
        self.require_files()
        train, held_out = (_store([self.place() / name for name in names]) for names in PUBLISHED)
        for store, (names, published) in zip((train, held_out), PUBLISHED.items(), strict=True):
            if len(store) != published and not self.any_size:
                raise DataError(
                    f"{self.place()}: expected {published:,} images in {_shown(names)}, got {len(store):,}; a file is "
                    f"cut off or another, fetch it again, or set the dataset's any_size: true if it is meant to be so."
                )
        return StoredSource(
            train,
            held_out,
            Preparation(self.dequantise, self.flips),
            classes=CLASSES,
            conditional=self.conditional,
        )


def _shown(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _store(paths: list[Path]) -> RowStore:
    loaded: dict[Path, NDArray[Any]] = {}
    arrays = [_rows(path, loaded) for path in paths]
    labels = torch.cat([_labels(path, len(array)) for path, array in zip(paths, arrays, strict=True)])
    compressed = any(isinstance(array, CompressedRows) for array in arrays)
    return RowStore(arrays, SHAPE, labels, in_blocks=compressed and len(arrays) > 1)


def _rows(path: Path, loaded: dict[Path, NDArray[Any]]) -> CompressedRows | NDArray[Any]:
    shape, dtype = shape_and_type(path, "data")
    size = SHAPE[0] * SHAPE[1] * SHAPE[2]
    if dtype != np.uint8 or len(shape) != 2 or shape[1] != size or shape[0] == 0:
        raise DataError(
            f"{path}: expected images of 32 x 32 pixels, uint8 of shape (n, {size}), got {dtype} of shape {shape}; "
            f"fetch the npz format of the 32 x 32 images."
        )
    array = mapped(path, "data")
    return CompressedRows(path, "data", shape, loaded) if array is None else array


def _labels(path: Path, count: int) -> Tensor:
    labels = load(path, "labels")
    good = labels.shape == (count,) and np.issubdtype(labels.dtype, np.integer)
    if not good or labels.min() < 1 or labels.max() > CLASSES:
        raise DataError(
            f"{path}: expected {count} labels from 1 to {CLASSES}, one for each image, got {labels.dtype} of shape "
            f"{labels.shape}{f' from {labels.min()} to {labels.max()}' if good else ''}; fetch the file again."
        )
    return torch.from_numpy(labels.astype(np.int64)) - 1
