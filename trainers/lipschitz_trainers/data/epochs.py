"""The order in which a finite set is trained on: shuffled epochs with an exact position."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lipschitz.errors import CheckpointError


class ShuffledEpochs:
    """An endless sequence of indices into `total` items: each once an epoch, in a fresh order every time.

    A batch may begin in one epoch and end in the next, so no item is ever dropped.

    Args:
        total: number of items, at least 1.
        generator: where the permutations are drawn from, one at the beginning of each epoch.

    Example:
        >>> order = ShuffledEpochs(3, torch.Generator().manual_seed(0))
        >>> order.next(6).sort().values
        tensor([0, 0, 1, 1, 2, 2])
    """

    def __init__(self, total: int, generator: torch.Generator) -> None:
        self._total = total
        self._generator = generator
        self._order = torch.empty(0, dtype=torch.int64)
        self._cursor = 0

    def next(self, n: int) -> Tensor:
        """Return the next n indices, shape (n,), int64."""
        parts = [self._order[self._cursor : self._cursor + n]]
        self._cursor += len(parts[0])
        missing = n - len(parts[0])
        while missing > 0:
            self._order = self.permutation()
            parts.append(self._order[:missing])
            self._cursor = len(parts[-1])
            missing -= self._cursor
        return torch.cat(parts)

    def permutation(self) -> Tensor:
        """Return the order of one epoch, shape (total,)."""
        return torch.randperm(self._total, generator=self._generator)

    def state_dict(self) -> dict[str, Any]:
        """Return the permutation of the running epoch and the place in it."""
        return {"order": self._order.clone(), "cursor": self._cursor}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Return to a saved position.

        Raises:
            CheckpointError: it was saved for a set of another size.
        """
        order: Tensor = state["order"]
        if len(order) not in (0, self._total):
            raise CheckpointError(
                f"the checkpoint was made on a training set of {len(order)} samples, this one has "
                f"{self._total}; resume with the same data."
            )
        self._order = order.clone()
        self._cursor = int(state["cursor"])
