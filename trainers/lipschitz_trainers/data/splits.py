"""The fixed split of a finite set into training and held-out samples, and choosing among the latter."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.errors import DataError


def split_indices(total: int, held_out: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Shuffle ``range(total)`` once and cut the last `held_out` indices off.

    Args:
        total: number of samples.
        held_out: how many of them are never trained on.
        seed: fixes the shuffle; the split belongs to the data, not to a run, so that runs can be compared.

    Returns:
        Indices of the training and of the held-out samples, int64.

    Raises:
        DataError: nothing would be left on one side.

    Example:
        >>> train, held_out = split_indices(5, 2)
        >>> len(train), len(held_out)
        (3, 2)
    """
    if not 1 <= held_out < total:
        raise DataError(
            f"at least one sample must be held out and one left to train on, got held_out={held_out} of "
            f"{total} samples; choose a number from 1 to {total - 1}."
            if total > 1
            else f"at least 2 samples are needed (one to train on, one held out), got {total}."
        )
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
    return order[:-held_out], order[-held_out:]


def some_held_out(available: int, n: int, generator: torch.Generator) -> Tensor:
    """Return the indices of n different held-out samples in random order, int64.

    Args:
        available: how many are held out.
        n: how many are wanted.
        generator: a CPU generator.

    Raises:
        DataError: there are fewer than n.

    Example:
        >>> sorted(some_held_out(3, 3, torch.Generator()).tolist())
        [0, 1, 2]
    """
    if n > available:
        raise DataError(
            f"{n} held-out samples are needed and this data has {available}; evaluate on fewer samples "
            f"or hold out more."
        )
    return torch.randperm(available, generator=generator)[:n]
