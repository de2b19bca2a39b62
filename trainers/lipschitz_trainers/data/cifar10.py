"""The CIFAR-10 images, from their binary version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.cifar_format import CLASSES, TEST, TRAIN, labels_of, read_archive, read_folder
from lipschitz_trainers.data.file_dataset import Download, FileDataset
from lipschitz_trainers.data.image_store import RowStore
from lipschitz_trainers.data.preparation import Flips, Preparation
from lipschitz_trainers.data.stored_source import StoredSource

ARCHIVE = "cifar-10-binary.tar.gz"
UNPACKED = "cifar-10-batches-bin"


@dataclass(frozen=True, kw_only=True)
class Cifar10(FileDataset):
    """CIFAR-10: 50,000 training and 10,000 held-out photographs, shape (3, 32, 32), 10 classes.

    Reads the binary version, packed (``cifar-10-binary.tar.gz``) or unpacked (then mapped, not copied into memory).

    Attributes:
        folder: the folder with the archive or its files; by default the one named like the dataset in the folder for
            data, where `lipschitz data get cifar10` puts it.
        any_size: accept files whose numbers of images are not the published ones, 10,000 each; without, a file that was
            cut off between two images is refused.
        conditional: whether each sample carries its label, int64, as condition for the networks.
        dequantise: add the uniform noise that fills the step between two of the 256 levels.
        flips: mirror training images at random: ``none``, ``batch`` (all of a batch or none) or ``sample``.

    References:
        Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009, technical report, University of
        Toronto.

    Example:
        >>> Cifar10(dequantise=True).flips
        'none'
    """

    name = "cifar10"
    kind = "images"
    downloads = (
        Download(
            url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            name=ARCHIVE,
            checksum="md5:c32a1d4ab5d03f1284b67883e8d87530",
            megabytes=170,
        ),
    )
    any_size: bool = False
    conditional: bool = False
    dequantise: bool = False
    flips: Flips = "none"

    def missing(self) -> list[str]:
        """Return the files that are not there."""
        if self._archive().is_file():
            return []
        folder = self._unpacked()
        absent = [name for name in (*TRAIN, *TEST) if not (folder / name).is_file()]
        return [ARCHIVE] if len(absent) == len(TRAIN + TEST) else absent

    def open(self) -> Source:
        """Read or map the files.

        Raises:
            DataError: a file is missing, damaged or cut off.
        """
        self.require_files()
        folder = self._unpacked()
        complete = all((folder / name).is_file() for name in (*TRAIN, *TEST))
        batches = (
            read_folder(folder, any_size=self.any_size)
            if complete
            else read_archive(self._archive(), any_size=self.any_size)
        )
        train, held_out = (
            RowStore(parts, (3, 32, 32), torch.from_numpy(labels_of(parts)))
            for parts in ([batches[name] for name in TRAIN], [batches[name] for name in TEST])
        )
        return StoredSource(
            train,
            held_out,
            Preparation(self.dequantise, self.flips),
            classes=CLASSES,
            conditional=self.conditional,
        )

    def _archive(self) -> Path:
        place = self.place()
        return place if place.is_file() else place / ARCHIVE

    def _unpacked(self) -> Path:
        place = self.place()
        return place / UNPACKED if (place / UNPACKED).is_dir() else place
