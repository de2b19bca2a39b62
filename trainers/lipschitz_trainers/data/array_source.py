"""Sources over samples held in memory."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Samples, Source, Stream
from lipschitz_trainers.data.epochs import ShuffledEpochs
from lipschitz_trainers.data.guards import require_finite
from lipschitz_trainers.data.splits import some_held_out


class ArraySource(Source):
    """A finite set of samples in memory, trained on in shuffled epochs.

    Args:
        train: training samples, shape (n, *shape). Images are float in [-1, 1], or uint8 in [0, 255]: these
            stay uint8 in memory and are scaled to [-1, 1] batch by batch.
        held_out: samples that are never trained on, shape (m, *shape).
        kind: ``"points"`` or ``"images"``; images have shape (channels, height, width).
        train_labels: class of each training sample, integers from 0, shape (n,).
        held_out_labels: class of each held-out sample, shape (m,); both or none.
        conditional: whether labels are handed to the networks (as the samples' condition). Labelled data can
            be used without: the labels then serve metrics only.

    Raises:
        DataError: shapes do not fit together, a value is not finite or out of range, or labels are missing.

    Example:
        >>> source = ArraySource(torch.randn(100, 2), torch.randn(20, 2), kind="points")
        >>> source.train(torch.Generator().manual_seed(0)).next(8).x.shape
        torch.Size([8, 2])
    """

    def __init__(
        self,
        train: Tensor,
        held_out: Tensor,
        *,
        kind: Literal["points", "images"],
        train_labels: Tensor | None = None,
        held_out_labels: Tensor | None = None,
        conditional: bool = False,
    ) -> None:
        self._train = _checked_samples(train, kind, "the training samples")
        self._held_out = _checked_samples(held_out, kind, "the held-out samples")
        if train.shape[1:] != held_out.shape[1:]:
            raise DataError(
                f"training and held-out samples must have one shape, got {tuple(train.shape[1:])} and "
                f"{tuple(held_out.shape[1:])}."
            )
        self.shape = tuple(train.shape[1:])
        self.kind = kind
        if (train_labels is None) != (held_out_labels is None):
            raise DataError(
                "labels must be given for both the training and the held-out samples, or for neither."
            )
        self._train_labels = _checked_labels(train_labels, len(train), "the training labels")
        self._held_out_labels = _checked_labels(held_out_labels, len(held_out), "the held-out labels")
        self._conditional = conditional
        if self._train_labels is not None and self._held_out_labels is not None:
            self.classes = 1 + int(max(self._train_labels.max(), self._held_out_labels.max()))
        elif conditional:
            raise DataError("conditional data needs labels, got none; give labels or leave conditional off.")

    def train(self, generator: torch.Generator) -> Stream:
        """Return a stream over shuffled epochs of the training samples."""
        return _ArrayStream(self, generator)

    def held_out(self, n: int, generator: torch.Generator) -> Samples:
        """Return n different held-out samples in random order.

        Raises:
            DataError: there are fewer than n.
        """
        chosen = some_held_out(len(self._held_out), n, generator)
        return self._pick(self._held_out, self._held_out_labels, chosen)

    def labelled(self) -> tuple[Samples, Samples]:
        """Return the whole training and held-out sets with the labels, int64, as condition.

        Raises:
            DataError: the data has no labels.
        """
        if self._train_labels is None or self._held_out_labels is None:
            return super().labelled()
        return (
            Samples(_as_float(self._train), (self._train_labels,)),
            Samples(_as_float(self._held_out), (self._held_out_labels,)),
        )

    def _pick(self, samples: Tensor, labels: Tensor | None, indices: Tensor) -> Samples:
        condition = (labels[indices],) if self._conditional and labels is not None else ()
        return Samples(_as_float(samples[indices]), condition)


class _ArrayStream(Stream):
    def __init__(self, source: ArraySource, generator: torch.Generator) -> None:
        self._source = source
        self._order = ShuffledEpochs(len(source._train), generator)

    def next(self, n: int) -> Samples:
        return self._source._pick(self._source._train, self._source._train_labels, self._order.next(n))

    def state_dict(self) -> dict[str, Any]:
        return self._order.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._order.load_state_dict(state)


def _checked_samples(samples: Tensor, kind: str, what: str) -> Tensor:
    axes = "(n, channels, height, width)" if kind == "images" else "(n, ...) with at least two axes"
    if (samples.ndim != 4) if kind == "images" else (samples.ndim < 2):
        raise DataError(f"{what} must have shape {axes}, got {tuple(samples.shape)}.")
    if samples.numel() == 0:
        raise DataError(f"{what} must not be empty, got shape {tuple(samples.shape)}.")
    samples = samples.detach().cpu()
    if kind == "images" and samples.dtype == torch.uint8:
        return samples
    samples = require_finite(samples.to(torch.float32), what)
    low, high = samples.aminmax()
    if kind == "images" and (low < -1 or high > 1):
        raise DataError(
            f"{what} must be images with values in [-1, 1] (or uint8 in [0, 255]), got values from {low:.4g} "
            f"to {high:.4g}; scale them, for example by `x / 127.5 - 1`."
        )
    return samples


def _checked_labels(labels: Tensor | None, count: int, what: str) -> Tensor | None:
    if labels is None:
        return None
    if (
        labels.shape != (count,)
        or labels.is_floating_point()
        or labels.is_complex()
        or labels.dtype == torch.bool
    ):
        raise DataError(
            f"{what} must be one integer per sample, shape ({count},), got {labels.dtype} of shape "
            f"{tuple(labels.shape)}."
        )
    labels = labels.detach().cpu().to(torch.int64)
    if labels.min() < 0:
        raise DataError(f"{what} must be integers from 0, got {int(labels.min())}.")
    return labels


def _as_float(samples: Tensor) -> Tensor:
    return samples.to(torch.float32) / 127.5 - 1 if samples.dtype == torch.uint8 else samples
