"""A source over lines of text: one-hot in the stream, kept as indices."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Samples, Source, Stream
from lipschitz_trainers.data.epochs import ShuffledEpochs
from lipschitz_trainers.data.splits import some_held_out


class TextSource(Source):
    """Lines of text, trained on in shuffled epochs; each sample is one-hot, float32, shape (length, characters).

    Args:
        train: index of each character of the training lines, shape (n, length), any integer type.
        held_out: lines that are never trained on, shape (m, length).
        vocabulary: the character of each index.

    Attributes:
        train_lines: the training lines as indices, for n-gram counts.
        held_out_lines: the held-out lines.

    Raises:
        DataError: shapes or indices do not fit together.

    Example:
        >>> lines = torch.tensor([[1, 0], [2, 2]], dtype=torch.uint8)
        >>> source = TextSource(lines, lines[:1], ("?", "a", "b"))
        >>> source.decode(source.held_out(1, torch.Generator()).x)
        ['a?']
    """

    kind = "text"

    def __init__(self, train: Tensor, held_out: Tensor, vocabulary: tuple[str, ...]) -> None:
        for lines, what in ((train, "training"), (held_out, "held-out")):
            if lines.ndim != 2 or lines.numel() == 0 or lines.shape[1] != train.shape[1]:
                raise DataError(
                    f"the {what} lines must have shape (n, length), not be empty and all have one length, got "
                    f"{tuple(lines.shape)}."
                )
            if int(lines.min()) < 0 or int(lines.max()) >= len(vocabulary):
                raise DataError(
                    f"the {what} lines must hold indices below {len(vocabulary)}, the size of the vocabulary, got "
                    f"{int(lines.min())} to {int(lines.max())}."
                )
        self.shape = (train.shape[1], len(vocabulary))
        self.vocabulary = vocabulary
        self.train_lines = self._train = train
        self.held_out_lines = held_out

    def train(self, generator: torch.Generator) -> Stream:
        """Return a stream over shuffled epochs of the training lines."""
        return _TextStream(self, self._train, generator)

    def held_out(self, n: int, generator: torch.Generator) -> Samples:
        """Return n different held-out lines in random order, one-hot.

        Raises:
            DataError: there are fewer than n.
        """
        chosen = some_held_out(len(self.held_out_lines), n, generator)
        return Samples(self.one_hot(self.held_out_lines[chosen]))

    def one_hot(self, lines: Tensor) -> Tensor:
        """Return lines given as indices, shape (n, length), as float32 of shape (n, length, characters)."""
        x = torch.zeros(*lines.shape, self.shape[1])
        return x.scatter_(-1, lines.to(torch.int64).unsqueeze(-1), 1.0)


class _TextStream(Stream):
    def __init__(self, source: TextSource, lines: Tensor, generator: torch.Generator) -> None:
        self._source = source
        self._lines = lines
        self._order = ShuffledEpochs(len(lines), generator)

    def next(self, n: int) -> Samples:
        return Samples(self._source.one_hot(self._lines[self._order.next(n)]))

    def state_dict(self) -> dict[str, Any]:
        return self._order.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._order.load_state_dict(state)
