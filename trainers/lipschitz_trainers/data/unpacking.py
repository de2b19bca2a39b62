"""Files that may be compressed by gzip."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO

from lipschitz_trainers.data.idx_format import GZIP_MAGIC


def open_unpacked(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacked on the way if it begins like gzip data, whatever its name is.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as raw:
        packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    # A gzip file reads like any other, which its type does not say.
    return gzip.open(path) if packed else path.open("rb")  # pyright: ignore[reportReturnType]
