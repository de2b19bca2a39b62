"""Pytrees of tensors: a batch may be one tensor, or a tuple/dict/... of tensors that share their first axis.

The first axis of every leaf is the batch. Norms over a tree are those of its leaves laid end to end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from lipschitz.errors import BatchError

linalg: Any = torch.linalg  # has no type annotations

Tree: TypeAlias = Any
"""A tensor, or a (nested) tuple, list or dict of tensors. `Any`, since PyTorch has no type for pytrees."""


def leaves(tree: Tree) -> list[Tensor]:
    """Return the tensors of a tree, in a fixed order."""
    if isinstance(tree, Tensor):  # the usual case, a hundred times faster without looking for containers
        return [tree]
    return cast("list[Tensor]", pytree.tree_leaves(tree))


def map_leaves(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """Apply `function` to corresponding leaves; return a tree of the same structure."""
    if isinstance(tree, Tensor) and all(isinstance(other, Tensor) for other in others):
        return function(tree, *others)
    return pytree.tree_map(function, tree, *others)


def rebuild(tree: Tree, found: Iterable[Tensor]) -> Tree:
    """Return a tree of the same structure that holds other tensors, in the order of `leaves`."""
    if isinstance(tree, Tensor):
        (only,) = found
        return only
    return pytree.tree_unflatten(list(found), pytree.tree_structure(tree))


def same_structure(a: Tree, b: Tree) -> bool:
    """Return whether two trees have the same containers and the same leaf shapes."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape
    if pytree.tree_structure(a) != pytree.tree_structure(b):
        return False
    return all(x.shape == y.shape for x, y in zip(leaves(a), leaves(b), strict=True))


def describe(tree: Tree) -> str:
    """Return the shapes of a tree for an error message, such as ``(64, 3, 32, 32)``."""
    found = [tuple(leaf.shape) for leaf in leaves(tree)]
    return str(found[0]) if len(found) == 1 else str(found)


def batch_size(tree: Tree, what: str) -> int:
    """Return the common size of the first axis.

    Raises:
        BatchError: there is no tensor, a leaf is no tensor or has no batch axis, or the sizes differ.
    """
    found: list[Any] = [tree] if isinstance(tree, Tensor) else pytree.tree_leaves(tree)
    if not found:
        raise BatchError(f"{what} holds no tensor; pass a tensor, or a tuple or dict of tensors.")
    for leaf in found:
        if not isinstance(leaf, Tensor):
            raise BatchError(f"{what} must hold tensors, got {type(leaf).__name__}.")
        if leaf.ndim == 0:
            raise BatchError(f"{what} needs a batch axis: expected shape (B, ...), got a scalar tensor.")
    sizes = {leaf.shape[0] for leaf in found}
    if len(sizes) != 1:
        raise BatchError(f"all tensors of {what} must have the same batch size, got shapes {describe(tree)}.")
    return int(sizes.pop())


def require_floating(tree: Tree, what: str) -> None:
    """Refuse integer tensors: nothing can be interpolated between, or differentiated at, integers.

    Raises:
        BatchError: a leaf is not a floating-point tensor.
    """
    for leaf in leaves(tree):
        if not leaf.is_floating_point():
            raise BatchError(
                f"{what} must be floating point, got {leaf.dtype}; convert it first, for example images by "
                f"`x.float() / 127.5 - 1`."
            )


def sample_norms(tree: Tree, order: float = 2.0) -> Tensor:
    """Return the norm of each sample over all its non-batch axes and leaves, shape (B,).

    Computed in float32 at least. `torch.linalg.vector_norm` has derivative 0 at 0, where a square root of a
    sum of squares gives NaN, and needs no epsilon that would bias the result.
    """
    norms: list[Tensor] = [
        linalg.vector_norm(_at_least_float32(leaf).flatten(1), ord=order, dim=1)
        if leaf.ndim > 1
        else _at_least_float32(leaf).abs()
        for leaf in leaves(tree)
    ]
    if len(norms) == 1:
        return norms[0]
    return linalg.vector_norm(torch.stack(norms, dim=1), ord=order, dim=1)


def _at_least_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
