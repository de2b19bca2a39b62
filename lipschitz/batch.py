"""`Batch`: what a constraint sees at one critic step, and its only source of randomness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from lipschitz import trees
from lipschitz.draws import GLOBAL, draw, handle_of
from lipschitz.errors import BatchError
from lipschitz.trees import Tree


@dataclass(frozen=True, eq=False)
class Batch:
    """Real and generated samples of one critic step.

    Attributes:
        real: real samples, shape (B, ...), or a tuple/dict of tensors that share B.
        fake: generated samples of the same structure and shapes, detached on construction; `None` where a
            network is made Lipschitz without an adversary.
        condition: per-sample entries, each with first axis B, passed to the critic after the sample.
        step: optimizer steps of the critic so far, from 0.
        generator: where `uniform` and `normal` draw from; `None` is torch's global generator.
        offset: index in the step's global batch of the first sample here (a shard, or a sample alone).
        global_size: number of samples of the step over all shards; by default this batch is the whole step.

    Randomness belongs to the sample, not to the process: row i of a draw depends on the sample's global
    index, so a batch, its shards over processes and each sample alone see the same numbers. They are the same
    in every dtype, up to its rounding.

    Raises:
        BatchError: batch sizes or structures do not fit together, or samples are not floating point.

    Example:
        >>> batch = Batch(real=torch.zeros(8, 2), fake=torch.ones(8, 2))
        >>> batch.size, batch.uniform(1).shape
        (8, torch.Size([8, 1]))
    """

    real: Tree
    fake: Tree = None
    condition: tuple[Tensor, ...] = ()
    step: int = 0
    generator: torch.Generator | None = None
    offset: int = 0
    global_size: int | None = None
    _handle: int = field(default=GLOBAL, repr=False)  # of the generator, by which compiled code finds it

    def __post_init__(self) -> None:
        """Check that everything fits together and detach `fake`."""
        if not torch.compiler.is_compiling():
            object.__setattr__(self, "_handle", handle_of(self.generator))
        size = trees.batch_size(self.real, "Batch.real")
        if size == 0:
            raise BatchError("Batch.real holds no sample; at least one is needed.")
        trees.require_floating(self.real, "Batch.real")
        if self.fake is not None:
            trees.batch_size(self.fake, "Batch.fake")
            trees.require_floating(self.fake, "Batch.fake")
            if not trees.same_structure(self.real, self.fake):
                raise BatchError(
                    f"Batch.real and Batch.fake must have equal shapes (samples are paired in order), got "
                    f"{trees.describe(self.real)} and {trees.describe(self.fake)}."
                )
            for x, y in zip(trees.leaves(self.real), trees.leaves(self.fake), strict=True):
                if (x.dtype, x.device) != (y.dtype, y.device):
                    raise BatchError(
                        f"Batch.real and Batch.fake must have the same dtype and device, got {x.dtype} on {x.device} "
                        f"and {y.dtype} on {y.device}; move one of them with .to(...)."
                    )
            # A penalty must never reach the generator through the samples it made.
            object.__setattr__(self, "fake", trees.map_leaves(torch.Tensor.detach, self.fake))
        # A tensor in place of the tuple would be taken apart along its batch axis, without an error.
        if not isinstance(self.condition, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
            got = type(self.condition).__name__
            raise BatchError(
                f"Batch.condition must be a tuple of tensors, got {got}; write condition=(labels,)."
            )
        for i, entry in enumerate(self.condition):
            if trees.batch_size(entry, f"Batch.condition[{i}]") != size:
                raise BatchError(
                    f"Batch.condition[{i}] must have one entry per sample ({size}), got shape "
                    f"{trees.describe(entry)}."
                )
        if self.offset > 0 and self.global_size is None:
            raise BatchError(
                f"a batch at offset {self.offset} needs the global_size of its step: which numbers a sample draws "
                f"depends on both."
            )
        if self.offset < 0 or (self.global_size is not None and self.global_size < self.offset + size):
            raise BatchError(
                f"a batch of {size} at offset {self.offset} does not fit in a global batch of "
                f"{self.global_size}."
            )

    @property
    def size(self) -> int:
        """Number of samples B in this batch."""
        return int(trees.leaves(self.real)[0].shape[0])

    @property
    def device(self) -> torch.device:
        """Device of the samples."""
        return trees.leaves(self.real)[0].device

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the first leaf of `real`."""
        return trees.leaves(self.real)[0].dtype

    def require_fake(self, asker: str) -> Tree:
        """Return `fake`.

        Raises:
            BatchError: there is none.
        """
        if self.fake is None:
            raise BatchError(f"{asker} needs generated samples: pass Batch(real=..., fake=...).")
        return self.fake

    def uniform(self, *tail: int) -> Tensor:
        """Draw from U[0, 1), shape (B, *tail), row i belonging to the sample's global index.

        In half precision, numbers just below 1 round to 1.
        """
        return self._draw("uniform", tail)

    def normal(self, *tail: int) -> Tensor:
        """Draw from N(0, 1), shape (B, *tail), row i belonging to the sample's global index."""
        return self._draw("normal", tail)

    def _draw(self, kind: str, tail: Sequence[int]) -> Tensor:
        # The whole global batch is drawn and this part cut out: every shard advances its copy of the
        # generator alike, so the copies stay in step without communication.
        total = self.size if self.global_size is None else self.global_size
        total = max(total, self.offset + self.size)
        # float32 whatever the samples are: a generator gives other numbers in another dtype.
        drawn = draw(kind, (total, *tail), self._handle, self.device)
        return drawn[self.offset : self.offset + self.size].to(dtype=self.dtype)


def _flatten(batch: Batch) -> tuple[list[Any], tuple[Any, ...]]:
    return [batch.real, batch.fake, batch.condition], (
        batch.step,
        batch.generator,
        batch.offset,
        batch.global_size,
        batch._handle,  # pyright: ignore[reportPrivateUsage]
    )


def _unflatten(children: Any, context: tuple[Any, ...]) -> Batch:
    # Children may be anything while a tree is being mapped (axis numbers, None): no checks here.
    batch = object.__new__(Batch)
    names = ("real", "fake", "condition", "step", "generator", "offset", "global_size", "_handle")
    for name, value in zip(names, (*children, *context), strict=True):
        object.__setattr__(batch, name, value)
    return batch


pytree.register_pytree_node(Batch, _flatten, _unflatten)  # pyright: ignore[reportUnknownMemberType]
