"""Reader of the IDX format, in which MNIST and its relatives are distributed.

A file is two zero bytes, a byte for the type of the values (8: unsigned byte), a byte for the number of axes,
the length of each axis as a big-endian 32-bit integer, then the values in C order; often compressed by gzip.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998, section "file formats".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor

from lipschitz.errors import DataError

UNSIGNED_BYTE = 0x08
GZIP_MAGIC = b"\x1f\x8b"


def read_images(path: str | Path) -> Tensor:
    """Read an IDX file of gray images, plain or gzipped.

    Returns:
        uint8, shape (n, height, width).

    Raises:
        DataError: the file is missing, damaged, empty, or holds something else.
    """
    return _read(path, axes=3, what="images (3 axes: count, height, width)")


def read_labels(path: str | Path) -> Tensor:
    """Read an IDX file of labels, plain or gzipped.

    Returns:
        uint8, shape (n,).

    Raises:
        DataError: the file is missing, damaged, empty, or holds something else.
    """
    return _read(path, axes=1, what="labels (1 axis: count)")


def _read(path: str | Path, *, axes: int, what: str) -> Tensor:
    content = _unpacked(Path(path).expanduser(), what)
    start = f"{path}: expected an IDX file of {what}"
    if len(content) < 4:
        raise DataError(f"{start}, got only {len(content)} bytes; the file is cut off, fetch it again.")
    if content[:2] != b"\0\0" or content[2] not in range(0x08, 0x0F):
        raise DataError(
            f"{start}, which begins with the bytes 00 00 08 {axes:02x}, got {content[:4].hex(' ')}; this is "
            f"another format, point to the -ubyte file (or its .gz)."
        )
    if content[2] != UNSIGNED_BYTE:
        raise DataError(
            f"{start} of unsigned bytes (type 0x08), got type 0x{content[2]:02x}; convert the values to "
            f"bytes."
        )
    if content[3] != axes:
        raise DataError(
            f"{start}, got {content[3]} axes; check that the files of images and labels are not exchanged."
        )
    header = 4 + 4 * axes
    if len(content) < header:
        raise DataError(f"{start} with a header of {header} bytes, got {len(content)} bytes; fetch it again.")
    shape = struct.unpack(f">{axes}I", content[4:header])
    if math.prod(shape) == 0:
        raise DataError(f"{start}, got none: its header says shape {shape}; point to a file with samples.")
    if len(content) - header != math.prod(shape):
        raise DataError(
            f"{start}: its header says shape {shape}, so {math.prod(shape)} values, got "
            f"{len(content) - header}; the file is cut off or damaged, fetch it again."
        )
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=header).reshape(shape)


def _unpacked(path: Path, what: str) -> bytes:
    start = f"{path}: expected an IDX file of {what}"
    if path.is_dir():
        raise DataError(f"{start}, got a directory; give the path of the file itself.")
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == GZIP_MAGIC else content
    except FileNotFoundError as error:
        raise DataError(
            f"{start}, got no such file (looked in {Path.cwd()}); give the path of a file you have."
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{start}, got damaged gzip data ({error}); fetch it again.") from error
    except OSError as error:
        raise DataError(
            f"{start}, got a file that cannot be read ({error}); check its permissions."
        ) from error
