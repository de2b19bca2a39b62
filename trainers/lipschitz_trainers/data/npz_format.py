"""Arrays of npz files, mapped into memory where they are not compressed; pickles are never loaded.

An npz file is a zip of npy files. An entry that is stored as it is can be mapped at its place in the file, which
numpy itself does not offer. Format: numpy's documentation of `numpy.lib.format`.
"""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lipschitz.errors import DataError

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Signature of a zip entry, and the lengths of its name and of its extra field, which its bytes follow."""

KEPT = 2
"""Unpacked arrays in memory: those in which the streams of samples and of conditions are."""

LOCAL_SIGNATURE = b"PK\x03\x04"


class CompressedRows:
    """Rows of a compressed array: unpacked when they are asked for, and let go when enough others have been.

    Args:
        path: the npz file.
        key: the array.
        shape: its shape.
        loaded: shared by the arrays of which only `KEPT` are to be in memory at a time.
    """

    def __init__(
        self, path: Path, key: str, shape: tuple[int, ...], loaded: dict[Path, NDArray[Any]]
    ) -> None:
        self._path = path
        self._key = key
        self._shape = shape
        self._loaded = loaded

    def __len__(self) -> int:
        return self._shape[0]

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        array = self._loaded.pop(self._path, None)
        if array is None:
            while len(self._loaded) >= KEPT:
                del self._loaded[next(iter(self._loaded))]
            array = load(self._path, self._key)
        self._loaded[self._path] = array  # the last one used comes last
        return array[rows]


def shape_and_type(path: Path, key: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array without reading it.

    Raises:
        DataError: the file is no npz file, is damaged, or has no such array.
    """
    with _npy(path, key) as (file, _):
        shape, _, dtype = _header(file)
        return shape, dtype


def load(path: Path, key: str) -> NDArray[Any]:
    """Return an array, read into memory.

    Raises:
        DataError: the file is no npz file, is damaged, or holds Python objects.
    """
    with _npy(path, key) as (file, _):
        return np.lib.format.read_array(file, allow_pickle=False)


def mapped(path: Path, key: str) -> NDArray[Any] | None:
    """Return an array mapped into memory, read only; None if it is compressed.

    Raises:
        DataError: the file is no npz file, is damaged, or holds Python objects.
    """
    with _npy(path, key) as (file, info):
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        shape, fortran, dtype = _header(file)
        begin = file.tell()
        if info.file_size - begin != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{info.file_size - begin} bytes for an array of shape {shape} of {dtype}")
        with path.open("rb") as raw:
            raw.seek(info.header_offset)
            signature, name, extra = LOCAL_HEADER.unpack(raw.read(LOCAL_HEADER.size))
        if signature != LOCAL_SIGNATURE:
            raise ValueError("an entry does not begin where the table of contents says")
        offset = info.header_offset + LOCAL_HEADER.size + name + extra + begin
        if offset + info.file_size - begin > path.stat().st_size:
            raise ValueError("an entry ends behind the end of the file")
        return np.memmap(
            path, dtype=dtype, mode="r", offset=offset, shape=shape, order="F" if fortran else "C"
        )


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in read:
        raise ValueError(f"version {version} of the npy format")
    shape, fortran, dtype = read[version](file)
    if dtype.hasobject:
        raise ValueError("Python objects, which are not loaded because they can run code")
    return shape, fortran, dtype


@contextmanager
def _npy(path: Path, key: str) -> Iterator[tuple[IO[bytes], zipfile.ZipInfo]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if f"{key}.npy" not in names:
                raise DataError(
                    f"{path}: expected an array {key!r}, got {', '.join(names[:10]) or 'nothing'}; this is another "
                    f"file than the published one."
                )
            with archive.open(f"{key}.npy") as file:
                yield file, archive.getinfo(f"{key}.npy")
    except DataError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise DataError(
            f"{path}: expected an npz file with an array {key!r}, got a file that cannot be read ({error}); it is "
            f"cut off, damaged or another: fetch it again."
        ) from error
