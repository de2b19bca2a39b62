"""Pooling whose double backward carries no materialised zero.

Averages are sums over windows, one axis after the other; maxima are picked by their index. Each function has the
signature of the PyTorch function it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor

Size: TypeAlias = int | Sequence[int]


def average(axes: int) -> Callable[..., Tensor]:
    """Return the stand-in for ``avg_pool1d``, ``avg_pool2d`` or ``avg_pool3d``."""

    def avg_pool(
        x: Tensor,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:
        kernels, paddings = _each(kernel_size, axes), _each(padding, axes)
        strides = kernels if stride in (None, (), []) else _each(stride, axes)
        whole = 1.0  # windows without padding all have the same size: one division at the end
        for axis, (k, s, p) in enumerate(zip(kernels, strides, paddings, strict=True), start=x.ndim - axes):
            n = x.shape[axis]
            starts = _starts(n, k, s, p, ceil_mode)
            x = _window_sums(x, axis, k, s, p, len(starts))
            if divisor_override is not None:
                continue
            edge = n + p if count_include_pad else n
            counts = [min(a + k, edge) - (a if count_include_pad else max(a, 0)) for a in starts]
            if len(set(counts)) == 1:
                whole *= counts[0]
            else:
                x = x / x.new_tensor(counts).reshape(-1, *[1] * (x.ndim - 1 - axis))
        return x / (whole if divisor_override is None else divisor_override)

    return avg_pool


def adaptive_average(axes: int) -> Callable[..., Tensor]:
    """Return the stand-in for ``adaptive_avg_pool1d``, ``2d`` or ``3d``."""

    def adaptive_avg_pool(x: Tensor, output_size: Any) -> Tensor:
        sizes = [output_size] * axes if output_size is None else _each(output_size, axes)
        for axis, size in enumerate(sizes, start=x.ndim - axes):
            n = int(x.shape[axis])
            wanted = n if size is None else int(size)
            if wanted == n:
                continue
            if n % wanted == 0:
                x = _unflattened(x, axis, wanted, n // wanted).mean(axis + 1)
            else:
                x = (x.movedim(axis, -1) @ _averaging(n, wanted, x)).movedim(-1, axis)
        return x

    return adaptive_avg_pool


def maximum_with_indices(axes: int) -> Callable[..., Any]:
    """Return the stand-in for ``max_pool1d_with_indices``, ``2d`` or ``3d``."""
    pool = maximum(axes)

    def max_pool_with_indices(*args: Any, return_indices: bool = False, **options: Any) -> Any:
        return pool(*args, return_indices=True, **options)  # whatever it was told: so does PyTorch's

    return max_pool_with_indices


def maximum(axes: int) -> Callable[..., Any]:
    """Return the stand-in for ``max_pool1d``, ``max_pool2d`` or ``max_pool3d``."""
    pools: dict[int, Callable[..., Any]] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}

    def max_pool(
        x: Tensor,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        with torch.no_grad():
            fixed = pools[axes](
                x.detach(), kernel_size, stride, padding, dilation, ceil_mode, return_indices=True
            )
        return _picked(x, fixed[1], axes, return_indices)

    return max_pool


def adaptive_maximum(axes: int) -> Callable[..., Any]:
    """Return the stand-in for ``adaptive_max_pool1d``, ``2d`` or ``3d``."""
    pools: dict[int, Callable[..., Any]] = {
        1: F.adaptive_max_pool1d,
        2: F.adaptive_max_pool2d,
        3: F.adaptive_max_pool3d,
    }

    def adaptive_max_pool(x: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        with torch.no_grad():
            fixed = pools[axes](x.detach(), output_size, return_indices=True)
        return _picked(x, fixed[1], axes, return_indices)

    return adaptive_max_pool


def _picked(x: Tensor, indices: Tensor, axes: int, return_indices: bool) -> Any:
    flat = x.flatten(-axes) if axes > 1 else x
    at = indices.flatten(-axes) if axes > 1 else indices
    values = _unflattened(flat.gather(-1, at), -1, *indices.shape[-axes:])
    return (values, indices) if return_indices else values


def _unflattened(x: Tensor, axis: int, *sizes: int) -> Tensor:
    # Not Tensor.unflatten, which the compiler cannot trace under a mode.
    axis %= x.ndim
    return x.reshape(*x.shape[:axis], *sizes, *x.shape[axis + 1 :])


def _each(value: Any, axes: int) -> list[Any]:
    found: list[Any] = list(cast("Sequence[Any]", value)) if isinstance(value, Sequence) else [value]
    return found * axes if len(found) == 1 else found


def _starts(n: int, kernel: int, stride: int, padding: int, ceil_mode: bool) -> list[int]:
    """Return where each window starts; a last one may reach beyond the end, but never start there."""
    span = n + 2 * padding - kernel
    count = (math.ceil(span / stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (count - 1) * stride >= n + padding:
        count -= 1
    return [i * stride - padding for i in range(count)]


def _window_sums(x: Tensor, axis: int, kernel: int, stride: int, padding: int, count: int) -> Tensor:
    """Return the sums over windows along one axis, the input continued by zeros."""
    if padding == 0 and stride == kernel and count * kernel <= x.shape[axis]:
        return _unflattened(x.narrow(axis, 0, count * kernel), axis, count, kernel).sum(axis + 1)
    after = max((count - 1) * stride + kernel - padding - x.shape[axis], 0)
    if padding or after:
        x = F.pad(x, [0, 0] * (x.ndim - 1 - axis) + [padding, after])
    span = (count - 1) * stride + 1
    window = [slice(None)] * axis
    total = x[(*window, slice(0, span, stride))]
    for i in range(1, kernel):
        total = total + x[(*window, slice(i, i + span, stride))]
    return total


def _averaging(n: int, wanted: int, like: Tensor) -> Tensor:
    """Return the matrix, shape (n, wanted), of an adaptive average along one axis."""
    matrix = like.new_zeros(n, wanted)
    for i in range(wanted):
        start, end = (i * n) // wanted, -((-(i + 1) * n) // wanted)
        matrix[start:end, i] = 1 / (end - start)
    return matrix
