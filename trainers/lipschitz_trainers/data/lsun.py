"""LSUN: millions of photographs of one kind of place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, MinLen

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.decoded_store import DecodedStore
from lipschitz_trainers.data.extras import absent_extra
from lipschitz_trainers.data.file_dataset import FileDataset
from lipschitz_trainers.data.image_decoding import Decoder
from lipschitz_trainers.data.image_store import split
from lipschitz_trainers.data.lmdb_images import EXTRA, FILE, LmdbImages, lmdb_module
from lipschitz_trainers.data.preparation import Flips, Preparation
from lipschitz_trainers.data.stored_source import StoredSource


@dataclass(frozen=True, kw_only=True)
class Lsun(FileDataset):
    """LSUN: photographs of one category, resized and cut to a square, shape (3, size, size); no labels.

    Reads the published LMDB of JPEG or WebP images in place; images are decoded batch by batch, by as many threads as
    torch uses. The bedrooms are 3,033,042 images (43 GB).

    Attributes:
        folder: the folder with ``bedroom_train_lmdb``; by default the one named like the dataset in the folder for
            data.
        category: which part of the set, as in the name ``CATEGORY_train_lmdb``.
        size: height and width: the shorter side is resized to it, then the centre is cut out.
        held_out: how many images are never trained on: the last ones after a fixed shuffle. (The validation set that
            is published with LSUN has 300 images of each category.)
        flips: mirror training images at random: ``none``, ``batch`` (all of a batch or none) or ``sample``.

    References:
        Yu, Seff, Zhang, Song, Funkhouser, Xiao: LSUN, 2015, arXiv 1506.03365.

    Example:
        >>> Lsun(size=128, flips="batch").category
        'bedroom'
    """

    name = "lsun"
    kind = "images"
    instruction = (
        "LSUN is got by hand, from http://dl.yf.io/lsun/scenes/ (bedroom_train_lmdb.zip, 43 GB; or the authors' "
        "script at https://github.com/fyu/lsun); unpack it so that the folder holds bedroom_train_lmdb/data.mdb. "
        "Reading it needs: pip install 'torch-lipschitz[lsun]'."
    )
    category: Annotated[str, MinLen(1)] = "bedroom"
    size: Annotated[int, Ge(1)] = 64
    held_out: Annotated[int, Ge(1)] = 1000
    flips: Flips = "none"

    def missing(self) -> list[str]:
        """Return the files that are not there."""
        database = self._database()
        return [] if (database / FILE).is_file() else [f"{database.name}/{FILE}"]

    def absent(self) -> list[str]:
        """Return which files or packages are not there."""
        return [*absent_extra("lmdb", **EXTRA), *super().absent()]

    def open(self) -> Source:
        """Open the LMDB and read its keys.

        Raises:
            DataError: it is missing or damaged, or has too few images.
            MissingExtraError: lmdb or Pillow is not installed.
        """
        lmdb_module()  # first: whoever lacks the package should not be told of the files alone
        self.require_files()
        store = DecodedStore(LmdbImages(self._database()), Decoder(self.size))
        if self.held_out >= len(store):
            raise DataError(
                f"{self._database()}: expected more than held_out={self.held_out} images, got {len(store)}; hold out "
                f"fewer."
            )
        return StoredSource(*split(store, self.held_out), Preparation(flips=self.flips))

    def _database(self) -> Path:
        return self.place() / f"{self.category}_train_lmdb"
