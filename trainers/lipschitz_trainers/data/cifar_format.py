"""Reader of CIFAR-10's binary version.

A file is records of 3,073 bytes: the class, then 32 x 32 pixels, first all red, then all green, then all blue, row
by row. Of the published versions this is the one that can be read without running code from the file.

Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; format on the data set's page.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipschitz.errors import DataError
from lipschitz_trainers.data.unpacking import open_unpacked

RECORD = 3073
PUBLISHED = 10_000
"""Records of each published file."""

CLASSES = 10
TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST = ("test_batch.bin",)

Records: TypeAlias = NDArray[np.uint8]
"""Shape (n, 3073)."""


def read_folder(folder: Path, *, any_size: bool = False) -> dict[str, Records]:
    """Map the six files of a folder into memory, without reading them.

    Args:
        folder: with the files.
        any_size: whether files may have other numbers of records than the published ones.

    Raises:
        DataError: one is damaged or cut off.
    """
    found: dict[str, Records] = {}
    for name in (*TRAIN, *TEST):
        path = folder / name
        try:
            size = path.stat().st_size
            _check_size(str(path), size, any_size)
            found[name] = np.memmap(path, dtype=np.uint8, mode="r", shape=(size // RECORD, RECORD))
        except OSError as error:
            raise DataError(
                f"{path}: expected a file of CIFAR-10, got one that cannot be read ({error}); check its permissions."
            ) from error
        _check_labels(str(path), found[name])
    return found


def read_archive(path: Path, *, any_size: bool = False) -> dict[str, Records]:
    """Read the six files out of the published archive into memory; nothing is unpacked onto the disk.

    Args:
        path: of the archive.
        any_size: whether files may have other numbers of records than the published ones.

    Raises:
        DataError: the archive is damaged, or a file is missing in it or cut off.
    """
    found: dict[str, Records] = {}
    try:
        with (
            open_unpacked(path) as file_of_archive,
            tarfile.open(fileobj=file_of_archive, mode="r|") as archive,
        ):
            for member in archive:
                name = PurePosixPath(member.name).name
                file = archive.extractfile(member) if name in (*TRAIN, *TEST) else None
                if file is not None:
                    where = f"{path}/{name}"
                    _check_size(where, member.size, any_size)
                    found[name] = np.frombuffer(file.read(), dtype=np.uint8).reshape(-1, RECORD)
                    _check_labels(where, found[name])
            while file_of_archive.read(2**20):  # only at its end does gzip compare the checksum
                pass
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path}: expected the archive of CIFAR-10's binary version, got a file that is cut off, damaged or "
            f"another ({error}); fetch it again."
        ) from error
    missing = [name for name in (*TRAIN, *TEST) if name not in found]
    if missing:
        raise DataError(
            f"{path}: expected the archive of CIFAR-10's binary version, got one without {', '.join(missing)}; the "
            f"version for Python is not read, it can run code."
        )
    return found


def labels_of(batches: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Return the classes of all records, shape (n,)."""
    return np.concatenate([batch[:, 0] for batch in batches]).astype(np.int64)


def _check_size(where: str, size: int, any_size: bool) -> None:
    if size == 0 or size % RECORD:
        raise DataError(
            f"{where}: expected records of {RECORD} bytes (published: {PUBLISHED:,} of them), got {size} bytes, which "
            f"is no whole number of records; the file is cut off or damaged, fetch it again."
        )
    if size != PUBLISHED * RECORD and not any_size:
        raise DataError(
            f"{where}: expected the {PUBLISHED:,} records of the published file, got {size // RECORD:,}; the file is "
            f"cut off or another, fetch it again, or set the dataset's any_size: true if it is meant to be so."
        )


def _check_labels(where: str, records: Records) -> None:
    largest = int(records[:, 0].max())
    if largest >= CLASSES:
        raise DataError(
            f"{where}: expected classes from 0 to {CLASSES - 1} as first bytes of the records, got {largest}; this "
            f"is no CIFAR-10 file, or it is damaged."
        )
