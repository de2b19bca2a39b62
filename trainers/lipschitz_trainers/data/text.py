"""Sentences from text files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.places import absent_paths
from lipschitz_trainers.data.splits import split_indices
from lipschitz_trainers.data.text_lines import EXPECTED, sentences_of
from lipschitz_trainers.data.text_source import TextSource
from lipschitz_trainers.data.vocabulary import encode


@dataclass(frozen=True, kw_only=True)
class Sentences(Dataset):
    """Sentences as one-hot characters; what all datasets of text share.

    Attributes:
        length: characters of a sample; longer sentences are cut, shorter ones filled up with the backquote.
        vocabulary: size of the vocabulary at most, with the unknown character, which has index 0; the others are the
            most frequent ones.
        held_out: how many sentences are never trained on: the last ones after a fixed shuffle.
    """

    kind = "text"
    length: Annotated[int, Ge(1)] = 32
    vocabulary: Annotated[int, Ge(2), Le(32767)] = 2048
    held_out: Annotated[int, Ge(1)] = 1000

    def sentences(self) -> Iterable[str]:
        """Return the sentences, the same in the same order at every call."""
        raise NotImplementedError(f"{type(self).__name__} must define sentences().")

    def open(self) -> Source:
        """Read and encode the sentences.

        Raises:
            DataError: a file is missing, damaged or no text, or there are too few sentences.
        """
        encoded = encode(
            self.sentences, length=self.length, cap=self.vocabulary, limit=self.most(), origin=self.origin()
        )
        total = len(encoded.lines)
        if self.held_out >= total:
            raise DataError(
                f"{self.origin()}: expected more than held_out={self.held_out} sentences, got {total}; hold out fewer, "
                f"or give more text."
            )
        train, held_out = split_indices(total, self.held_out)
        return TextSource(encoded.lines[train], encoded.lines[held_out], encoded.vocabulary)

    def origin(self) -> str:
        """Return where the sentences come from, for messages."""
        return self.name

    def most(self) -> int:
        """Return how many sentences are used at most."""
        return 2**62


@dataclass(frozen=True, kw_only=True)
class Text(Sentences):
    """Sentences of a text file, one a line, as one-hot characters, shape (length, characters).

    Lines are UTF-8, with or without a byte order mark; empty ones are left out. Kept as indices of one or two bytes a
    character.

    Attributes:
        path: path of a file, plain or gzipped, or of a folder of such files; a relative one is seen from the working
            directory.
        length: characters of a sample; longer sentences are cut, shorter ones filled up with the backquote.
        vocabulary: size of the vocabulary at most, with the unknown character, which has index 0; the others are the
            most frequent ones, the backquote among them.
        held_out: how many sentences are never trained on: the last ones after a fixed shuffle.
        limit: at most this many sentences are used, the first ones.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, table 4, with the authors'
        published script.

    Example:
        >>> Text(path="sentences.txt.gz", length=16).limit
        10000000
    """

    name = "text"
    path: str
    limit: Annotated[int, Ge(2)] = 10_000_000

    def absent(self) -> list[str]:
        """Return a message if there is nothing at the path."""
        return absent_paths(EXPECTED, self.path)

    def sentences(self) -> Iterable[str]:
        """Return the lines of the files."""
        return sentences_of(self.path)

    def origin(self) -> str:
        """Return the path."""
        return self.path

    def most(self) -> int:
        """Return how many sentences are used at most."""
        return self.limit
