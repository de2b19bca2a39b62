"""The fixed split of a finite set into training and held-out samples."""

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
