"""Keeping `torch.compile` from computing again, in the backward pass, what a buffer that has moved on was read for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch._functorch.partitioners import default_partition
from torch._inductor.custom_graph_pass import CustomPartitionerFn


class NothingRecomputed(CustomPartitionerFn):
    """Divides a graph into forward and backward pass so that the latter gets all it needs from the former.

    The compiler's own division saves memory: it computes some values twice. Where such a value was read from a buffer
    that the forward pass then changed in place, as power iterations do, the second one is another, and the gradient
    wrong without any error (torch 2.13; pytorch pull request 197039): by 1% for a fresh spectral norm of a 16 x 2
    matrix, less from step to step.
    """

    def __call__(self, gm: Any, joint_inputs: Sequence[object], **options: Any) -> Any:
        """Return the graphs of forward and backward pass."""
        options.pop("compiler", None)  # only the other division asks for it
        return default_partition(gm, joint_inputs, **options)

    def uuid(self) -> str:
        """Return what tells compiled code in the compiler's cache apart from that of others."""
        return "lipschitz_trainers.NothingRecomputed"
