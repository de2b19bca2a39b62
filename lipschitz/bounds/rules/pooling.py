"""Pooling: averages are linear, maxima have a constant that depends on how windows overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lipschitz.bounds.calls import Call
from lipschitz.bounds.nodes import Node, Nonlinear, Unknown
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import linear_in

AVERAGES = tuple(f"{kind}avg_pool{axes}d" for kind in ("", "adaptive_") for axes in (1, 2, 3))
MAXIMA = tuple(f"max_pool{axes}d{suffix}" for axes in (1, 2, 3) for suffix in ("", "_with_indices"))
ADAPTIVE_MAXIMA = tuple(
    f"adaptive_max_pool{axes}d{suffix}" for axes in (1, 2, 3) for suffix in ("", "_with_indices")
)


@rule(*AVERAGES)
def average(call: Call) -> list[Node]:
    """Bound average pooling by its operator norm: overlapping windows, padding and uneven windows included."""
    call.first()
    return linear_in(call, call.traced[0])


@rule(*MAXIMA)
def maximum(call: Call) -> list[Node]:
    """Bound max pooling with any stride, padding and dilation."""
    axes = int(call.name[8])
    kernel = _each(call.get(1, "kernel_size"), axes)
    stride = _each(call.get(2, "stride") or kernel, axes)
    padding, dilation = _each(call.get(3, "padding", 0), axes), _each(call.get(4, "dilation", 1), axes)
    before, after = call.first().shape[-axes:], call.shape[-axes:]
    overlaps = [
        _overlap([[w * s - p + d * i for i in range(k)] for w in range(windows)], size)
        for size, windows, k, s, p, d in zip(before, after, kernel, stride, padding, dilation, strict=True)
    ]
    return _maximum(call, math.prod(overlaps))


@rule(*ADAPTIVE_MAXIMA)
def adaptive_maximum(call: Call) -> list[Node]:
    """Bound max pooling to a given size."""
    axes = int(call.name[len("adaptive_max_pool")])
    before, after = call.first().shape[-axes:], call.shape[-axes:]
    overlaps = [
        _overlap([list(range(w * size // n, -(-(w + 1) * size // n))) for w in range(n)], size)
        for size, n in zip(before, after, strict=True)
    ]
    return _maximum(call, math.prod(overlaps))


def _maximum(call: Call, overlap: int) -> list[Node]:
    """Bound maxima over windows of which at most `overlap` share an entry.

    A maximum moves by at most the largest change in its window, whose p-th power is at most the window's sum of
    p-th powers; over all windows, every entry is counted at most `overlap` times.
    """
    first = Nonlinear(
        call.shape,
        (call.first(),),
        lambda norm, bounds: bounds[0] * (1.0 if norm == math.inf else overlap ** (1 / norm)),
    )
    rest = [
        Unknown(tuple(result.shape), "places of maxima jump, so they have no Lipschitz constant.")
        for result in call.results[1:]
    ]
    return [first, *rest]


def _overlap(windows: list[list[int]], size: int) -> int:
    counts = [0] * size
    for window in windows:
        for place in window:
            if 0 <= place < size:
                counts[place] += 1
    return max(counts, default=0)


def _each(value: Any, axes: int) -> list[int]:
    if isinstance(value, Sequence):
        found: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return [int(entry) for entry in found] * (axes if len(found) == 1 else 1)
    return [int(value)] * axes
