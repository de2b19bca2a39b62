"""Sums and maxima over the processes of a data-parallel run, for what looks at the batch of a step as a whole.

Every process must call them at the same step, as with any collective operation. Without a process group, and in a
group of one, they return what they are given.
"""

from __future__ import annotations

from typing import Any

import torch.distributed as dist
from torch import Tensor

from lipschitz.batch import Batch

_distributed: Any = dist  # its functions have no complete type annotations


def rank_count() -> int:
    """Return how many processes train together.

    Example:
        >>> rank_count()
        1
    """
    return int(_distributed.get_world_size()) if dist.is_available() and dist.is_initialized() else 1


def is_shared(batch: Batch) -> bool:
    """Return whether other processes hold the rest of the batch of this step.

    Example:
        >>> import torch
        >>> is_shared(Batch(real=torch.zeros(4, 2)))
        False
    """
    return rank_count() > 1 and batch.global_size is not None and batch.global_size > batch.size


def sum_over_ranks(value: Tensor) -> Tensor:
    """Return the sum of a tensor over all processes, detached.

    Args:
        value: of the same shape and dtype in every process.
    """
    return _reduced(value, "SUM")


def largest_over_ranks(value: Tensor) -> Tensor:
    """Return the largest of a tensor's values over all processes, entry by entry, detached.

    Args:
        value: of the same shape and dtype in every process.
    """
    return _reduced(value, "MAX")


def mean_over_ranks(value: Tensor) -> Tensor:
    """Return the mean of a tensor over all processes, detached.

    Args:
        value: of the same shape and dtype in every process.
    """
    return _reduced(value, "SUM") / rank_count()


def _reduced(value: Tensor, operation: str) -> Tensor:
    result = value.detach().clone()
    if rank_count() > 1:
        _distributed.all_reduce(result, op=getattr(dist.ReduceOp, operation))
    return result
