"""Points on the segments between paired samples."""

from __future__ import annotations

from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import BatchError
from lipschitz.trees import Tree


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
        >>> import torch
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


def either(batch: Batch) -> Tree:
    """Return, for each pair, the real or the fake sample by the toss of a fair coin.

    A mean over these points has the expectation of the mean over all real and all fake samples, for as much work
    as one of the two.
    """
    fake = batch.require_fake("a penalty at both real and fake samples")
    return interpolate(batch.real, fake, (batch.uniform() < 0.5).to(batch.dtype))
