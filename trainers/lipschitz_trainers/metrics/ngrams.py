"""Distributions of n-grams: counted by sorting whole numbers, compared in bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipschitz.errors import DataError

CHUNK = 200_000
"""Lines counted at a time."""

DENSE = 2**22
"""Up to so many possible n-grams each has a counter; of more, only those that occur."""


@dataclass(frozen=True, eq=False)
class NgramDistribution:
    """How often each n-gram occurs among all n-grams of some lines.

    Attributes:
        codes: of the n-grams that occur, ascending, int64, shape (k,); the characters are the digits of the code in
            the base of the vocabulary's size.
        shares: of all n-grams, above 0, float64, shape (k,), summing to 1.
    """

    codes: NDArray[np.int64]
    shares: NDArray[np.float64]


def ngram_distribution(lines: NDArray[Any], n: int, vocabulary: int) -> NgramDistribution:
    """Count the contiguous n-grams within each line, padding included.

    Args:
        lines: index of each character, shape (lines, length), any integer type.
        n: characters of an n-gram, from 1 to the length.
        vocabulary: number of characters there are.

    Raises:
        DataError: the lines are shorter than n, there are none, or n-grams have no number of 63 bits.

    Example:
        >>> found = ngram_distribution(np.array([[0, 1, 0, 1]]), 2, 10)
        >>> found.codes.tolist(), found.shares.round(2).tolist()
        ([1, 10], [0.67, 0.33])
    """
    if lines.ndim != 2 or not len(lines) or not 1 <= n <= lines.shape[1]:
        raise DataError(
            f"{n}-grams need lines of shape (lines, length) with at least {n} characters, got {lines.shape}; choose "
            f"shorter n-grams or longer lines."
        )
    if vocabulary**n >= 2**63:
        raise DataError(
            f"{n}-grams of {vocabulary} characters cannot be numbered in 63 bits; choose shorter n-grams or a smaller "
            f"vocabulary."
        )
    chunks = (_codes(lines[i : i + CHUNK], n, vocabulary) for i in range(0, len(lines), CHUNK))
    if vocabulary**n <= DENSE:
        every = np.zeros(vocabulary**n, dtype=np.int64)
        for chunk in chunks:
            every += np.bincount(chunk, minlength=len(every))
        codes = np.flatnonzero(every)
        counts = every[codes]
    else:
        codes, counts = np.empty(0, np.int64), np.empty(0, np.int64)
        for chunk in chunks:
            codes, counts = _merged(codes, counts, *np.unique(chunk, return_counts=True))
    return NgramDistribution(codes.astype(np.int64), counts / counts.sum())


def _codes(lines: NDArray[Any], n: int, vocabulary: int) -> NDArray[np.int64]:
    windows = lines.shape[1] - n + 1
    codes = lines[:, :windows].astype(np.int64)
    for i in range(1, n):
        codes *= vocabulary
        codes += lines[:, i : i + windows]
    return codes.ravel()


def _merged(
    codes: NDArray[np.int64], counts: NDArray[np.int64], more: NDArray[np.int64], theirs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the union of two ascending lists of codes, and the sums of their counts."""
    both = np.concatenate([codes, more])
    order = np.argsort(both, kind="stable")  # two ascending runs: merged in linear time
    both = both[order]
    starts = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]]))
    return both[starts], np.add.reduceat(np.concatenate([counts, theirs])[order], starts)


def jensen_shannon(p: NgramDistribution, q: NgramDistribution) -> float:
    """Return the Jensen-Shannon divergence in bits, from 0 (equal) to 1 (nothing in common).

    With m = (p + q) / 2 it is (KL(p || m) + KL(q || m)) / 2, each sum over what has a share above 0 in p or in q
    respectively. Takes time in proportion to the n-grams of p, times the logarithm of those of q.

    Example:
        >>> a, b = (ngram_distribution(np.array([row]), 1, 4) for row in ([0, 1], [0, 2]))
        >>> jensen_shannon(a, a), jensen_shannon(a, b)
        (0.0, 0.5)
    """
    at = np.minimum(np.searchsorted(q.codes, p.codes), len(q.codes) - 1)
    shared = q.codes[at] == p.codes
    mine, theirs = p.shares[shared], q.shares[at[shared]]
    mean = (mine + theirs) / 2
    # What one of them alone has, its mean is half of: log2 of 2 is 1 for each share.
    divergence = np.sum(mine * np.log2(mine / mean)) + p.shares[~shared].sum()
    divergence += np.sum(theirs * np.log2(theirs / mean)) + _rest(q, at[shared])
    return float(np.clip(divergence / 2, 0.0, 1.0))


def _rest(distribution: NgramDistribution, places: NDArray[np.int64]) -> float:
    """Return the sum of the shares at all other places."""
    others = np.ones(len(distribution.shares), dtype=bool)
    others[places] = False
    return float(distribution.shares[others].sum())
