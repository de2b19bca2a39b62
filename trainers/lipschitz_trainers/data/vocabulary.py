"""Sentences as numbers: characters cut and padded to a length, counted, and encoded by how frequent they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipschitz.errors import DataError

PAD = "`"
"""Fills short lines up; it counts as a character like others."""

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""How index 0 is shown, which stands for all characters that are not in the vocabulary."""

CHUNK = 50_000
"""Lines worked on at a time."""

CODE_POINTS = 0x110000


@dataclass(frozen=True)
class Encoded:
    """Lines as numbers.

    Attributes:
        lines: index of each character, shape (n, length), uint8 if the vocabulary allows it, else int16.
        vocabulary: the character of each index; the first stands for unknown ones.
    """

    lines: Tensor
    vocabulary: tuple[str, ...]


def encode(
    sentences: Callable[[], Iterable[str]], *, length: int, cap: int, limit: int, origin: str = "the text"
) -> Encoded:
    """Cut, pad, count and encode sentences.

    Index 0 is the unknown character; then come characters by how often they occur in the cut and padded lines,
    equally frequent ones by code point. Sentences are gone through twice, so they are never all in memory as strings.

    Args:
        sentences: returns the sentences afresh, the same every time.
        length: characters a line has.
        cap: size of the vocabulary at most, the unknown character included.
        limit: at most this many sentences are used, the first ones.
        origin: where they come from, for messages.

    Raises:
        DataError: there are no sentences.

    Example:
        >>> encoded = encode(lambda: ["aab", "abc"], length=4, cap=3, limit=10)
        >>> encoded.vocabulary[1:], encoded.lines.tolist()
        (('a', '`'), [[1, 1, 0, 2], [1, 0, 0, 2]])
    """
    counts = np.zeros(CODE_POINTS, dtype=np.int64)
    total = 0
    for codes in _chunks(sentences(), length, limit):
        counts += np.bincount(codes.ravel(), minlength=CODE_POINTS)
        total += len(codes)
    if total == 0:
        raise DataError(
            f"{origin}: expected sentences, got no line that is not empty; give a file with text."
        )
    by_frequency = np.argsort(-counts, kind="stable")[: cap - 1]
    known = by_frequency[counts[by_frequency] > 0]
    kind = np.uint8 if len(known) < 256 else np.int16
    index = np.zeros(CODE_POINTS, dtype=kind)
    index[known] = np.arange(1, len(known) + 1)
    lines = np.empty((total, length), dtype=kind)
    done = 0
    for codes in _chunks(sentences(), length, limit):
        lines[done : done + len(codes)] = index[codes]
        done += len(codes)
    return Encoded(torch.from_numpy(lines), (UNKNOWN, *map(chr, known)))


def _chunks(sentences: Iterable[str], length: int, limit: int) -> Iterator[NDArray[Any]]:
    lines = (sentence[:length].ljust(length, PAD) for sentence in itertools.islice(sentences, limit))
    while chunk := list(itertools.islice(lines, CHUNK)):
        yield np.frombuffer("".join(chunk).encode("utf-32-le"), dtype="<u4").reshape(-1, length)
