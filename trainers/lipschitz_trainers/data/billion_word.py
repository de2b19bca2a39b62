"""The Billion Word benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge

from lipschitz_trainers.data.file_dataset import FileDataset
from lipschitz_trainers.data.text import Sentences
from lipschitz_trainers.data.text_lines import sentences_of

TRAIN = "training-monolingual.tokenized.shuffled"
ROOT = "1-billion-word-language-modeling-benchmark-r13output"


@dataclass(frozen=True, kw_only=True)
class BillionWord(FileDataset, Sentences):
    """The Billion Word benchmark: sentences of news as one-hot characters, shape (length, characters).

    A preset of `text` that knows the names of the folders: the 99 training shards, one tokenised sentence a line.

    Attributes:
        folder: the folder with the unpacked archive or with its training shards; by default the one named like the
            dataset in the folder for data.
        length: characters of a sample; longer sentences are cut, shorter ones filled up with the backquote.
        vocabulary: size of the vocabulary at most, with the unknown character, which has index 0; the others are the
            most frequent ones, the backquote among them.
        held_out: how many sentences are never trained on: the last ones after a fixed shuffle.
        limit: at most this many sentences are used, the first ones.

    References:
        Chelba, Mikolov, Schuster, Ge, Brants, Koehn, Robinson: One Billion Word Benchmark, 2013, arXiv 1312.3005.

    Example:
        >>> BillionWord().limit
        10000000
    """

    name = "billion_word"
    instruction = (
        "The Billion Word benchmark (1.8 GB) is got by hand, from "
        "https://www.statmt.org/lm-benchmark/1-billion-word-language-modeling-benchmark-r13output.tar.gz; unpack it in "
        "the folder."
    )
    limit: Annotated[int, Ge(2)] = 10_000_000

    def missing(self) -> list[str]:
        """Return the files that are not there."""
        return [] if self._shards() is not None else [f"{ROOT}/{TRAIN}/news.en-*"]

    def sentences(self) -> Iterable[str]:
        """Return the sentences of the training shards.

        Raises:
            DataError: they are not there.
        """
        self.require_files()
        return sentences_of(self._shards() or self.place())

    def origin(self) -> str:
        """Return the folder of the shards."""
        return str(self._shards() or self.place())

    def most(self) -> int:
        """Return how many sentences are used at most."""
        return self.limit

    def _shards(self) -> Path | None:
        place = self.place()
        candidates = (place / ROOT / TRAIN, place / TRAIN, place)
        return next((folder for folder in candidates if any(folder.glob("news.en-*"))), None)
