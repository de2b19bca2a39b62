"""Forms in which a penalty may want its samples: how many, of which shape and dtype, with scores of which shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

SIZE = 6
"""Samples of a batch; differs from every axis of `RANKS`, so that mixed-up axes show."""

RANKS: tuple[tuple[int, ...], ...] = ((3, 4, 4), (48,), (5, 8))
"""Images (channels, height, width), vectors, sequences (length, features). A penalty may be right for one only."""

COMMON: tuple[tuple[int, ...], ...] = ((3, 32, 32), (1, 28, 28), (784,), (2,), (3, 64, 64))
"""Shapes that scripts have written into them; tried where none of `RANKS` works."""

COMMON_SIZES = (SIZE, 64, 32)
"""Batch sizes that scripts have written into them."""


@dataclass(frozen=True)
class Form:
    """How samples and scores look.

    Attributes:
        shape: of one sample, without the batch axis.
        size: number of samples B.
        column: whether scores have shape (B, 1) instead of (B,).
        dtype: of samples and critic.

    Example:
        >>> Form((3, 4, 4)).features, str(Form((3, 4, 4)))
        (48, '(B, 3, 4, 4)')
    """

    shape: tuple[int, ...]
    size: int = SIZE
    column: bool = True
    dtype: torch.dtype = torch.float64

    @property
    def features(self) -> int:
        """Numbers in one sample."""
        return math.prod(self.shape)

    @property
    def full(self) -> tuple[int, ...]:
        """Shape of a batch."""
        return (self.size, *self.shape)

    def __str__(self) -> str:
        """Return the shape of a batch as a reader writes it."""
        return f"(B, {', '.join(map(str, self.shape))})"


def variations(shape: tuple[int, ...], size: int) -> Iterator[Form]:
    """Yield the forms of one shape and size, the most exact and most usual first.

    Example:
        >>> [(form.column, form.dtype) for form in variations((2,), 4)][:2]
        [(True, torch.float64), (False, torch.float64)]
    """
    for dtype in (torch.float64, torch.float32):
        for column in (True, False):
            yield Form(shape, size, column, dtype)


def enlarged(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape with about twice as many numbers, its last axis longer.

    Example:
        >>> enlarged((3, 4, 4))
        (3, 4, 9)
    """
    return (*shape[:-1], 2 * shape[-1] + 1)
