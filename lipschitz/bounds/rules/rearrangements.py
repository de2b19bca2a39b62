"""Other views of the same numbers, selections, copies, paddings, resizings, sums and means: linear, no weights."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Linear, Node, scaled
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import linear_in, rearranged

PERMUTATIONS = (
    "reshape",
    "flatten",
    "unflatten",
    "ravel",
    "squeeze",
    "unsqueeze",
    "transpose",
    "swapaxes",
    "swapdims",
    "permute",
    "movedim",
    "moveaxis",
    "t",
    "T",
    "mT",
    "flip",
    "fliplr",
    "flipud",
    "rot90",
    "roll",
    "pixel_shuffle",
    "pixel_unshuffle",
    "channel_shuffle",
    "native_channel_shuffle",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
)
"""Every entry of the argument appears once."""

SELECTIONS = (
    "narrow",
    "select",
    "chunk",
    "split",
    "split_with_sizes",
    "tensor_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "unbind",
    "diagonal",
    "tril",
    "triu",
    "masked_select",
)
"""Every entry appears at most once."""

WEIGHTED = (
    "sum",
    "mean",
    "cumsum",
    "expand",
    "expand_as",
    "broadcast_to",
    "repeat",
    "tile",
    "repeat_interleave",
    "index_select",
    "take_along_dim",
    "gather",
    "unfold",
    "fold",
    "trace",
    "diag",
    "diag_embed",
)
"""Entries may appear several times, or with nonnegative constant weights."""

COPIES = (
    "clone",
    "contiguous",
    "detach",
    "to",
    "float",
    "double",
    "half",
    "bfloat16",
    "type",
    "type_as",
    "cpu",
    "cuda",
    "requires_grad",
)
"""The same entries; the precision is not taken into account."""


@rule(*PERMUTATIONS, *SELECTIONS)
def rearrange(call: Call) -> list[Node]:
    """Bound a rearrangement or selection: constant 1 in every norm."""
    return rearranged(call)


@rule("view", "view_as", "reshape_as")
def view(call: Call) -> Node:
    """Bound a view of another shape, which need not be one of the same strides here."""
    node, shape = call.first(), call.shape
    if any(isinstance(argument, torch.dtype) for argument in (*call.args, *call.kwargs.values())):
        raise NoRuleError("It reads numbers as bits.")

    def reshape(value: Tensor) -> Tensor:
        return value.reshape(shape)

    return Linear(shape, (node,), reshape, reshape, scaled(1.0), merges=0)


@rule(*COPIES)
def copy(call: Call) -> Node:
    """Bound a copy, or a conversion between floating point formats."""
    if not call.results[0].is_floating_point():
        raise NoRuleError("Rounding to integers jumps, so it has no Lipschitz constant.")
    traced = call.traced[0]
    return Linear(call.shape, (traced.node(),), torch.clone, torch.clone, scaled(1.0), merges=0)


@rule(*WEIGHTED)
def weighted(call: Call) -> list[Node]:
    """Bound a linear step with nonnegative weights: its operator norm."""
    call.first()
    return linear_in(call, call.traced[0])


@rule("__getitem__")
def item(call: Call) -> list[Node]:
    """Bound ``x[index]``: constant 1, unless an index tensor may repeat entries."""
    call.first()
    index: Any = call.args[1]
    parts = cast("tuple[Any, ...]", index if isinstance(index, tuple) else (index,))
    basic = all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts)
    return rearranged(call) if basic else linear_in(call, call.traced[0])


@rule("pad")
def pad(call: Call) -> list[Node]:
    """Bound padding: constant 1 where a constant is put around, the operator norm otherwise."""
    call.first()
    constant = call.get(2, "mode", "constant") == "constant"
    combine = scaled(1.0) if constant else None
    return linear_in(call, call.traced[0], offset=constant, combine=combine, merges=0 if constant else 1)


@rule("interpolate", "upsample", "upsample_nearest", "upsample_bilinear")
def interpolate(call: Call) -> list[Node]:
    """Bound a change of resolution by its operator norm."""
    call.first()
    mode: Any = call.get(3, "mode", "nearest")
    if mode == "bicubic":
        raise NoRuleError("Its weights are partly negative; use another mode.")
    return linear_in(call, call.traced[0])
