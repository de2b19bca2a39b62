"""Gradients of a few samples at a time, so that a penalty fits into memory.

The graph of a gradient penalty holds every activation twice. Chunks alone would not help: all their graphs live until
the backward pass. Here a chunk's graph is dropped, and computed again when its derivative is wanted, as in gradient
checkpointing (Chen et al. 2016, arXiv 1604.06174): the memory of one chunk, for one more evaluation.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from lipschitz import trees
from lipschitz.critic import Critic
from lipschitz.gradients import engines
from lipschitz.gradients.choice import Compute
from lipschitz.gradients.recompute import recomputed
from lipschitz.trees import Tree
from lipschitz.undisturbed import undisturbed

MEBIBYTE = 2**20

SAFETY = 1.25
"""By how much more than measured on two samples a sample is counted: some kernels keep more for larger batches."""


def in_chunks(
    compute: Compute,
    chunk_size: int,
    critic: Critic,
    points: Tree,
    condition: tuple[Any, ...],
    *,
    graph: bool,
) -> Tree:
    """Return gradients, `chunk_size` samples at a time.

    Without a graph, for points that need gradients themselves, and in compiled code or other transforms, nothing is
    recomputed.
    """
    size = trees.leaves(points)[0].shape[0]
    chunks = [
        engines.part(points, condition, slice(i, min(i + chunk_size, size)))
        for i in range(0, size, chunk_size)
    ]
    again = (
        graph
        and not any(leaf.requires_grad for leaf in trees.leaves((points, condition)))
        and not torch.compiler.is_compiling()
        and not engines.inside_transform()
    )
    parts: list[Tree] = []
    for some, *entries in chunks:
        if again:
            parts.append(recomputed(compute, critic, some, tuple(entries)))
        else:
            parts.append(compute(critic, some, tuple(entries), graph=graph))
    return engines.joined(parts)


def chunk_within(
    budget: float, critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool
) -> int:
    """Return how many samples' graphs fit into `budget` MiB, at least one, as measured on two samples."""
    shapes = tuple((tuple(leaf.shape[1:]), leaf.dtype) for leaf in trees.leaves((points, condition)))
    key = (shapes, graph)
    known = _bytes.setdefault(critic, {}) if isinstance(critic, nn.Module) else {}
    if key not in known:
        one, two = (_saved_bytes(critic, *_first(points, condition, n), graph=graph) for n in (1, 2))
        known[key] = max(int(SAFETY * (two - one)), 1)
    return max(int(budget * MEBIBYTE // known[key]), 1)


_bytes: weakref.WeakKeyDictionary[nn.Module, dict[Any, int]] = weakref.WeakKeyDictionary()


def _first(points: Tree, condition: tuple[Any, ...], n: int) -> tuple[Tree, tuple[Any, ...]]:
    def pick(leaf: Tensor) -> Tensor:
        index = torch.arange(n, device=leaf.device) % leaf.shape[0]
        return leaf.detach()[index]

    some, *entries = trees.map_leaves(pick, (points, *condition))
    return some, tuple(entries)


def _saved_bytes(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> int:
    """Return the bytes that the graph of these samples' gradients keeps, shared storage counted once."""
    found: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()
        kept.append(tensor)  # its address must not be used again while we count
        return tensor

    kept: list[Tensor] = []
    with undisturbed(critic, _device(points)), saved_tensors_hooks(note, _unchanged):
        engines.batched(critic, points, condition, graph=graph)
    return sum(found.values())


def _device(points: Tree) -> torch.device:
    return trees.leaves(points)[0].device


def _unchanged(tensor: Tensor) -> Tensor:
    return tensor
