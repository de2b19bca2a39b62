"""Cutting many samples into portions that go through a network one after the other."""

from __future__ import annotations


def portions(n: int, size: int) -> list[slice]:
    """Return slices that cut n samples into portions of about a given size, none of them small.

    A network that normalizes over its batch gives a small portion other statistics than a large one, and cannot take
    one sample alone. All portions have the given size and the last one what is left, if that is at least half of it;
    otherwise all are equally large, up to one sample.

    Args:
        n: number of samples.
        size: of a portion: the largest there is.

    Example:
        >>> [len(range(9)[portion]) for portion in portions(9, 4)], [len(range(10)[p]) for p in portions(10, 4)]
        ([3, 3, 3], [4, 4, 2])
    """
    count = -(-n // size)
    if 0 < n % size < size / 2 and count > 1:
        ends = [n * (i + 1) // count for i in range(count)]
    else:
        ends = [min(n, size * (i + 1)) for i in range(count)]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
