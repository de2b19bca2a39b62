"""Where a gradient penalty looks: on the line between real and fake, at them, or around the data.

Every draw belongs to one sample: shape (B,), the same for all axes and leaves of the sample. One draw for the
whole batch, or one per pixel, are among the best-known mistakes.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import BatchError, FieldError
from lipschitz.trees import Tree

Points: TypeAlias = Literal["between", "real", "fake", "around_real"]
"""Names of the places `penalty_points` knows."""


def interpolate(real: Tree, fake: Tree, epsilon: Tensor) -> Tree:
    r"""Return points on the segments between paired samples, :math:`\epsilon x + (1 - \epsilon)\tilde x`.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, algorithm 1.

    Args:
        real: shape (B, ...), or a pytree of such; reached at epsilon 1.
        fake: same structure and shapes; reached at epsilon 0.
        epsilon: one number per sample, shape (B,) or (B, 1, ...), shared by all leaves.

    Raises:
        BatchError: shapes differ, or there is not one epsilon per sample.

    Example:
        >>> interpolate(torch.ones(2, 3), torch.zeros(2, 3), torch.tensor([0.0, 0.5]))
        tensor([[0.0000, 0.0000, 0.0000],
                [0.5000, 0.5000, 0.5000]])
    """
    if not trees.same_structure(real, fake):
        raise BatchError(
            f"real and fake must have equal shapes to be interpolated, got {trees.describe(real)} and "
            f"{trees.describe(fake)}."
        )
    trees.require_floating(real, "real")
    size = trees.batch_size(real, "real")
    if epsilon.shape[:1] != (size,) or epsilon.numel() != size:
        raise BatchError(
            f"epsilon must hold one number per sample, shape ({size},) or ({size}, 1), got {tuple(epsilon.shape)}."
        )

    def between(x: Tensor, y: Tensor) -> Tensor:
        e = epsilon.reshape(size, *[1] * (x.ndim - 1)).to(x.dtype)
        return e * x + (1 - e) * y

    return trees.map_leaves(between, real, fake)


def between(batch: Batch) -> Tree:
    """Return one point uniformly on each segment between paired real and fake samples."""
    return interpolate(batch.real, batch.require_fake("the line between real and fake"), batch.uniform())


def around_real(batch: Batch, radius: float = 0.5) -> Tree:
    """Return real samples moved at random, by up to `radius` standard deviations of the batch per axis.

    A point is drawn uniformly on the segment from the sample to the sample plus ``radius * std * U[0, 1)``, as
    in DRAGAN's published code (Kodali et al. 2017, arXiv 1705.07215). The standard deviation is that of the
    whole tensor, so it depends on the batch as a whole.
    """

    def move(x: Tensor) -> Tensor:
        size = batch.size
        target = x + radius * x.std(correction=0) * batch.uniform(*x.shape[1:])
        return interpolate(target, x, along.reshape(size))

    along = batch.uniform()
    return trees.map_leaves(move, batch.real)


def penalty_points(batch: Batch, points: Points) -> Tree:
    """Return the points of a batch where a penalty looks, detached, shaped like ``batch.real``.

    Args:
        batch: the samples and the randomness.
        points: ``"between"``, ``"real"``, ``"fake"`` or ``"around_real"``.

    Raises:
        BatchError: the place needs generated samples and there are none.
        FieldError: the place is unknown.
    """
    with torch.no_grad():
        if points == "between":
            return between(batch)
        if points == "real":
            return trees.map_leaves(torch.Tensor.detach, batch.real)
        if points == "fake":
            return batch.require_fake("a penalty at the fake samples")
        if points == "around_real":
            return around_real(batch)
    raise FieldError(f"points must be one of {', '.join(get_args(Points))}, got {points!r}.")
