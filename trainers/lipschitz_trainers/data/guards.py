"""Checks on values that come from outside: files and users' tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.errors import DataError


def require_finite(tensor: Tensor, what: str) -> Tensor:
    """Return the tensor if every value is finite.

    One NaN in the data silently turns every weight of a critic into NaN, so it is refused before training.

    Args:
        tensor: any shape and dtype.
        what: what it is, for the message.

    Raises:
        DataError: a value is NaN or infinite; says how many there are and where the first one is.

    Example:
        >>> require_finite(torch.tensor([1.0, 2.0]), "training data")
        tensor([1., 2.])
    """
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return tensor
    bad = ~torch.isfinite(tensor)
    count = int(bad.sum())
    if count == 0:
        return tensor
    first = tuple(int(i) for i in bad.nonzero()[0])
    raise DataError(
        f"{what} must hold finite numbers only, got {count} of {tensor.numel()} values that are NaN or "
        f"infinite, the first ({tensor[first].item()}) at index {first}; remove these samples or replace the "
        f"values."
    )
