"""Datasets whose files lie in a folder: where they are expected, and how to get them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.data.places import data_folder


@dataclass(frozen=True)
class Download:
    """A file that can be fetched.

    Attributes:
        url: where it is.
        name: what it is called in the dataset's folder.
        checksum: as published, ``algorithm:digits``.
        megabytes: its size, roughly, for a person who decides whether to wait.
    """

    url: str
    name: str
    checksum: str
    megabytes: float


@dataclass(frozen=True, kw_only=True)
class FileDataset(Dataset):
    """A dataset of known files, which `lipschitz data` lists and fetches.

    Attributes:
        folder: the folder with its files; by default the one named like the dataset in the folder for data, see
            `lipschitz_trainers.data.places.data_folder`.
    """

    downloads: ClassVar[tuple[Download, ...]] = ()
    """What can be fetched without asking anybody; empty if it has to be got by hand."""

    instruction: ClassVar[str] = ""
    """How to get by hand what is not among the downloads."""

    folder: str | None = None

    def place(self) -> Path:
        """Return the folder where the files are expected."""
        return data_folder() / self.name if self.folder is None else Path(self.folder).expanduser()

    def missing(self) -> list[str]:
        """Return what is not there of the files it needs; nothing if it can be opened."""
        raise NotImplementedError(f"{type(self).__name__} must define missing().")

    def require_files(self) -> None:
        """Check that all files are there.

        Raises:
            DataError: some are not; says which, where they are expected, and how to get them.
        """
        absent = self.absent()
        if absent:
            raise DataError(absent[0])

    def absent(self) -> list[str]:
        """Return which files are not there, where they are expected, and how to get them; in one message."""
        missing = self.missing()
        if not missing:
            return []
        place = self.place()
        got = "files without " + ", ".join(missing) if place.exists() else "no such folder"
        message = (
            f"{self.name}: expected its files in {place}, got {got}; {self.how_to_get()} Or say where they are, with "
            f"the dataset's field 'folder'."
        )
        return [message]

    @classmethod
    def how_to_get(cls) -> str:
        """Return a sentence on how to get the files."""
        if cls.downloads:
            return f"get them with `lipschitz data get {cls.name}`."
        return cls.instruction
