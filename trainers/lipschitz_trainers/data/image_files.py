"""The image files of a folder or a zip, in a fixed order, with the classes that subfolders give them."""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lipschitz.errors import DataError
from lipschitz_trainers.data.places import absent_paths

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"})
"""What names of images end in; other files are passed over."""

EXPECTED = "a folder or a zip file of images"


class EncodedImages(ABC):
    """Encoded images by number.

    Attributes:
        names: what each is called below `where`.
        where: the file or folder that holds them.
    """

    names: list[str]
    where: str

    @abstractmethod
    def content(self, i: int) -> bytes:
        """Return the bytes of an image; may be called by several threads at once.

        Raises:
            DataError: it cannot be read.
        """

    def name(self, i: int) -> str:
        """Return what an image is called in messages."""
        return f"{self.where}/{self.names[i]}"

    def __len__(self) -> int:
        return len(self.names)


class FolderImages(EncodedImages):
    """Images of a folder and all folders below it, sorted by path.

    Raises:
        DataError: there are none.
    """

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._folder = folder
        self.names = sorted(name for name in _files_below(folder) if _is_image(name))
        if not self.names:
            raise _empty(self.where, "folder")

    def content(self, i: int) -> bytes:
        """Return the bytes of an image."""
        try:
            return (self._folder / self.names[i]).read_bytes()
        except OSError as error:
            raise DataError(
                f"{self.name(i)}: expected an image, got a file that cannot be read ({error})."
            ) from error


class ZipImages(EncodedImages):
    """Images of a zip file, sorted by path; nothing is unpacked onto the disk.

    Raises:
        DataError: it is no zip file, is damaged, holds no images, or names files outside its own folder.
    """

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._lock = threading.Lock()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise DataError(
                f"{path}: expected {EXPECTED}, got a file that is no zip or is cut off ({error}); fetch it again."
            ) from error
        except OSError as error:
            raise DataError(
                f"{path}: expected {EXPECTED}, got a file that cannot be read ({error})."
            ) from error
        names = [info.filename for info in self._zip.infolist() if not info.is_dir()]
        for name in names:
            if _leaves_folder(name):
                raise DataError(
                    f"{path}: expected a zip file whose entries stay in its own folder, got {name!r}; do not use it "
                    f"and do not unpack it, or make it anew."
                )
        self.names = sorted({name for name in names if _is_image(name)})
        if not self.names:
            raise _empty(self.where, "zip file")

    def content(self, i: int) -> bytes:
        """Return the bytes of an image."""
        try:
            with self._lock:
                return self._zip.read(self.names[i])
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise DataError(
                f"{self.name(i)}: expected an image, got an entry that cannot be unpacked ({error}); it is damaged "
                f"or encrypted: fetch the zip file again."
            ) from error


def images_of(path: str) -> EncodedImages:
    """Return the images of a folder or zip file.

    Raises:
        DataError: there is no such thing, or it holds no images.
    """
    for message in absent_paths(EXPECTED, path):
        raise DataError(message)
    place = Path(path).expanduser()
    return FolderImages(place) if place.is_dir() else ZipImages(place)


def class_names(names: list[str]) -> list[str] | None:
    """Return the class of each image: the first folder in which their paths differ; None if some lie in none.

    Example:
        >>> class_names(["train/cat/1.png", "train/dog/1.png"])
        ['cat', 'dog']
        >>> class_names(["train/1.png", "train/2.png"])
    """
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    first, last = min(folders), max(folders)  # what these two have in common, all have
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return None if len(first) == common else [parts[common] for parts in folders]


def _files_below(folder: Path) -> Iterator[str]:
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link that leads back up
            folders.clear()
            continue
        seen.add(real)
        below = Path(root).relative_to(folder)
        yield from ((below / file).as_posix() for file in files)


def _is_image(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not hidden and path.suffix.lower() in ENDINGS


def _leaves_folder(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in name


def _empty(where: str, what: str) -> DataError:
    return DataError(
        f"{where}: expected a {what} of images, got none whose name ends in {', '.join(sorted(ENDINGS))}; check the "
        f"path."
    )
