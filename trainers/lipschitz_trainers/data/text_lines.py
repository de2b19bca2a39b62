"""The sentences of text files: one a line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from lipschitz.errors import DataError
from lipschitz_trainers.data.places import absent_paths
from lipschitz_trainers.data.unpacking import open_unpacked

EXPECTED = "a text file or a folder of them"


def text_files(path: str | Path) -> list[Path]:
    """Return the file, or the files of a folder and below it sorted by path; hidden ones are passed over.

    Raises:
        DataError: there is no such file, or the folder is empty.
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        for message in absent_paths(EXPECTED, str(path)):
            raise DataError(message)
        return [place]
    found = sorted(
        file
        for file in place.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(place).parts)
    )
    if not found:
        raise DataError(f"{path}: expected a folder of text files, got an empty one; check the path.")
    return found


def sentences_of(path: str | Path) -> Iterator[str]:
    """Yield the lines of a file or of all files of a folder, plain or gzipped UTF-8, without empty ones.

    A byte order mark at the start of a file is no part of its first line.

    Raises:
        DataError: a file is missing, damaged or no text.
    """
    for file in text_files(path):
        yield from _lines(file)


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        with open_unpacked(path) as file:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if "\0" in text:
                    raise DataError(
                        f"{path}: expected text, got a zero byte in line {number}; this is no text."
                    )
                if text.strip():
                    yield text
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: expected UTF-8 text, got bytes that are none in line {number} ({error.reason}); convert it "
            f"to UTF-8, or take out what is no text."
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: expected text, got damaged gzip data after line {number} ({error}); the file is cut off or "
            f"damaged, fetch it again."
        ) from error
    except OSError as error:
        raise DataError(
            f"{path}: expected text, got a file that cannot be read ({error}); check its permissions."
        ) from error
