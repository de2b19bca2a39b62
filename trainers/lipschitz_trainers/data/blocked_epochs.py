"""Shuffled epochs of a set whose parts are dear to load: one part after the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lipschitz_trainers.data.epochs import ShuffledEpochs


class BlockedEpochs(ShuffledEpochs):
    """An endless sequence of indices: in each epoch the blocks come in random order, each block shuffled.

    A batch mixes two blocks only where one ends and the next begins, so that one block is in memory at a time.

    Args:
        sizes: number of items of each block, each at least 1; blocks follow one another.
        generator: where the permutations are drawn from, at the beginning of each epoch.

    Example:
        >>> order = BlockedEpochs((2, 3), torch.Generator().manual_seed(0))
        >>> order.next(5).sort().values
        tensor([0, 1, 2, 3, 4])
    """

    def __init__(self, sizes: Sequence[int], generator: torch.Generator) -> None:
        super().__init__(sum(sizes), generator)
        self._sizes = sizes

    def permutation(self) -> Tensor:
        """Return the order of one epoch."""
        starts = torch.tensor(self._sizes).cumsum(0) - torch.tensor(self._sizes)
        blocks = torch.randperm(len(self._sizes), generator=self._generator).tolist()
        return torch.cat(
            [starts[i] + torch.randperm(self._sizes[i], generator=self._generator) for i in blocks]
        )
