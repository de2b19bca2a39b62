"""A dataset out of tensors a user already has."""

from __future__ import annotations

from typing import Any, Literal

import torch

from lipschitz.errors import DataError
from lipschitz_trainers.data.array_source import ArraySource
from lipschitz_trainers.data.splits import split_indices


def from_tensor(
    x: Any,
    *,
    held_out: float = 0.2,
    kind: Literal["points", "images"] | None = None,
    labels: Any = None,
    conditional: bool = False,
    seed: int = 0,
) -> ArraySource:
    """Make a source of samples in memory, a fixed part of them held out.

    Args:
        x: tensor or array of shape (n, dimension) for points or (n, channels, height, width) for images;
            images are float in [-1, 1] or uint8 in [0, 255].
        held_out: share of the samples that is never trained on, in (0, 1).
        kind: ``"points"`` or ``"images"``; by default images if there are four axes, points if there are two.
        labels: class of each sample, integers from 0, shape (n,).
        conditional: whether the labels are handed to the networks.
        seed: fixes the shuffle before the split.

    Raises:
        DataError: the samples cannot be trained on (shape, NaN, range, labels), or a side would be empty.

    Example:
        >>> source = from_tensor(torch.randn(50, 2), held_out=0.1)
        >>> source.kind, source.shape, len(source.held_out(5, torch.Generator()).x)
        ('points', (2,), 5)
    """
    samples = torch.as_tensor(x)
    if kind is None:
        kinds: dict[int, Literal["points", "images"]] = {2: "points", 4: "images"}
        if samples.ndim not in kinds:
            raise DataError(
                f"cannot tell from the shape {tuple(samples.shape)} what the samples are; give (n, "
                f"dimension) for points, (n, channels, height, width) for images, or say kind='points'."
            )
        kind = kinds[samples.ndim]
    if not 0 < held_out < 1:
        raise DataError(f"held_out is a share of the samples and must lie in (0, 1), got {held_out!r}.")
    total = len(samples) if samples.ndim else 0
    train_rows, held_out_rows = split_indices(total, max(1, round(held_out * total)), seed=seed)
    classes = None if labels is None else torch.as_tensor(labels)
    if classes is not None and classes.shape != (total,):
        raise DataError(
            f"labels must be one integer per sample, shape ({total},), got {tuple(classes.shape)}."
        )
    return ArraySource(
        samples[train_rows],
        samples[held_out_rows],
        kind=kind,
        train_labels=None if classes is None else classes[train_rows],
        held_out_labels=None if classes is None else classes[held_out_rows],
        conditional=conditional,
    )
