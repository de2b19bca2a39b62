"""The encoded images of an LMDB, the format of LSUN: each value is an image file, in the order of the keys.

Source: Yu, Seff, Zhang, Song, Funkhouser, Xiao, "LSUN", 2015, arXiv 1506.03365, with the authors' published scripts.
"""

from __future__ import annotations

import os
import weakref
from array import array
from pathlib import Path
from typing import Any

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.data.image_files import EncodedImages

FILE = "data.mdb"

EXTRA = {"package": "lmdb", "needed_for": "reading LSUN", "extra": "lsun"}
_environments: weakref.WeakValueDictionary[tuple[int, str], Any] = weakref.WeakValueDictionary()
# A process may open an LMDB only once, and may not use one that its parent opened.


def lmdb_module() -> Any:
    """Return the package lmdb.

    Raises:
        MissingExtraError: it is not installed.
    """
    return import_extra("lmdb", **EXTRA)


class LmdbImages(EncodedImages):
    """Encoded images of an LMDB, found by number; only the keys are kept in memory.

    Args:
        folder: the folder with ``data.mdb``.

    Raises:
        DataError: it is missing, empty, cut off or no LMDB.
        MissingExtraError: lmdb is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._lmdb = lmdb_module()
        self._environment = self._open(folder)
        # One string and its marks: a list of millions of keys takes several times the memory.
        self._keys = bytearray()
        self._ends = array("q")
        try:
            with self._environment.begin() as transaction, transaction.cursor() as cursor:
                for key in cursor.iternext(keys=True, values=False):
                    self._keys += key
                    self._ends.append(len(self._keys))
        except self._lmdb.Error as error:
            raise self._damaged(error) from error
        if not self._ends:
            raise DataError(f"{folder}: expected an LMDB of images, got an empty one; fetch it again.")

    def __len__(self) -> int:
        return len(self._ends)

    def name(self, i: int) -> str:
        """Return what an image is called in messages."""
        return f"{self.where}: value of key {self._key(i).decode(errors='backslashreplace')!r}"

    def content(self, i: int) -> bytes:
        """Return the bytes of an image."""
        try:
            with self._environment.begin() as transaction:
                value: bytes | None = transaction.get(self._key(i))
        except self._lmdb.Error as error:
            raise self._damaged(error) from error
        if value is None:
            raise self._damaged("a key has disappeared")
        return value

    def _key(self, i: int) -> bytes:
        return bytes(self._keys[(self._ends[i - 1] if i else 0) : self._ends[i]])

    def _open(self, folder: Path) -> Any:
        where = (os.getpid(), os.path.realpath(folder))
        known = _environments.get(where)
        if known is not None:
            return known
        if not (folder / FILE).is_file():
            raise DataError(
                f"{folder}: expected a folder with {FILE}, got {'none in it' if folder.is_dir() else 'no such folder'}"
                f"; unpack the downloaded zip file first."
            )
        try:
            environment = self._lmdb.open(
                str(folder), readonly=True, lock=False, create=False, readahead=False, meminit=False
            )
        except self._lmdb.Error as error:
            raise self._damaged(error) from error
        # Reading past the end of a mapped file would kill the process.
        expected = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
        size = (folder / FILE).stat().st_size
        if size < expected:
            environment.close()
            raise self._damaged(f"{FILE} has {size} bytes of {expected}")
        _environments[where] = environment
        return environment

    def _damaged(self, reason: object) -> DataError:
        return DataError(
            f"{self.where}: expected an LMDB of images, got one that cannot be read ({reason}); it is cut off, "
            f"damaged or no LMDB: fetch and unpack it again."
        )
