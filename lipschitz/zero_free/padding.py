"""Padding and resizing whose double backward carries no materialised zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from lipschitz.zero_free.pooling import adaptive_average


def pad(x: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Stand in for `torch.nn.functional.pad`; modes other than reflect and replicate are PyTorch's own."""
    if mode not in ("reflect", "replicate") or min(pad) < 0 or len(pad) % 2:
        return F.pad(x, pad, mode, value)
    if not _fits(x, pad, mode):
        return F.pad(x, pad, mode, value)  # for its error message
    for i in range(len(pad) // 2):
        axis, before, after = x.ndim - 1 - i, pad[2 * i], pad[2 * i + 1]
        n = x.shape[axis]
        pieces: list[Tensor] = [x]
        if before:
            head = (
                x.narrow(axis, 1, before).flip(axis) if mode == "reflect" else _repeated(x, axis, 0, before)
            )
            pieces.insert(0, head)
        if after:
            tail = (
                x.narrow(axis, n - 1 - after, after).flip(axis)
                if mode == "reflect"
                else _repeated(x, axis, n - 1, after)
            )
            pieces.append(tail)
        x = torch.cat(pieces, axis)
    return x


def interpolate(
    x: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Stand in for `torch.nn.functional.interpolate`; modes other than area are PyTorch's own."""
    if mode != "area" or align_corners is not None or recompute_scale_factor or antialias:
        return F.interpolate(
            x, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias=antialias
        )
    axes = x.ndim - 2
    if size is None:
        several = isinstance(scale_factor, Sequence)
        factors = cast("Sequence[float]", scale_factor if several else [scale_factor] * axes)
        size = [math.floor(n * factor) for n, factor in zip(x.shape[2:], factors, strict=True)]
    return adaptive_average(axes)(x, size)


def _fits(x: Tensor, pad: Sequence[int], mode: str) -> bool:
    axes = len(pad) // 2
    if x.ndim not in (axes + 1, axes + 2):  # PyTorch pads the trailing axes behind batch and channel
        return False
    return mode == "replicate" or all(
        max(pad[2 * i : 2 * i + 2]) < x.shape[x.ndim - 1 - i] for i in range(axes)
    )


def _repeated(x: Tensor, axis: int, index: int, times: int) -> Tensor:
    return x.narrow(axis, index, 1).expand(*[times if i == axis else -1 for i in range(x.ndim)])
