"""Vectors, one per sample of a pytree: what the search for steep slopes moves along."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.trees import Tree

TINY = 1e-30
"""Length below which a direction counts as none."""


def unit(directions: Tree) -> Tree:
    """Return vectors of Euclidean length 1 in these directions; 0 where there is none, or it is not finite.

    Example:
        >>> unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """

    def finite(leaf: Tensor) -> Tensor:
        return leaf.nan_to_num(0.0, 0.0, 0.0)

    directions = trees.map_leaves(finite, directions)
    norms = trees.sample_norms(directions).clamp(min=TINY)

    def divide(leaf: Tensor) -> Tensor:
        wide = leaf.to(norms.dtype)  # half precision cannot hold the smallest length
        return (wide / column(norms, wide)).to(leaf.dtype)

    return trees.map_leaves(divide, directions)


def dual(gradients: Tree, norm: float) -> Tree:
    """Return, up to its length, the vector along which a gradient rises most per unit of the input norm.

    Args:
        gradients: shape (B, ...), or a pytree of such.
        norm: of the input space: 2 gives the gradient, inf its signs, 1 its largest entry alone.

    Example:
        >>> dual(torch.tensor([[3.0, -4.0]]), 1)
        tensor([[ 0., -1.]])
    """
    if norm == 2:
        return gradients
    if norm == math.inf:
        return trees.map_leaves(torch.sign, gradients)
    largest = trees.sample_norms(gradients, math.inf)

    def keep_largest(leaf: Tensor) -> Tensor:
        return leaf.sign() * (leaf.abs() >= column(largest, leaf))

    return trees.map_leaves(keep_largest, gradients)


def reach(points: Tree) -> float:
    """Return the root mean square distance of points from their mean, or from 0 where all coincide.

    Example:
        >>> reach(torch.tensor([[1.0, 0.0], [3.0, 0.0]])), reach(torch.zeros(1, 2))
        (1.0, 1.0)
    """
    centred = [leaf.double() - leaf.double().mean(0) for leaf in trees.leaves(points)]
    return _mean_square(centred) ** 0.5 or _mean_square(trees.leaves(points)) ** 0.5 or 1.0


def pick(tree: Tree, index: Tensor) -> Tree:
    """Return the samples with these numbers."""

    def take(leaf: Tensor) -> Tensor:
        return leaf[index]

    return trees.map_leaves(take, tree)


def column(values: Tensor, leaf: Tensor) -> Tensor:
    """Return one number a sample, shape (B,), so that it applies to a whole sample of a leaf, shape (B, ...)."""
    shaped = values.reshape(-1, *[1] * (leaf.ndim - 1))
    return shaped.to(leaf.dtype) if values.is_floating_point() else shaped


def _mean_square(leaves: list[Tensor]) -> float:
    return sum(float(leaf.double().square().sum()) for leaf in leaves) / len(leaves[0])
