"""Which operations are computed differently, and by what.

Not in the table, because PyTorch's own double backward carries no such zero: clamp, maximum, sort, topk, median,
where, mean, zero and circular padding, nearest and linear interpolation, pixel shuffles, dropout. Left alone
although it does: fractional max-pooling and the random slopes of rrelu in training mode (their draws are PyTorch's
own), the norm of order 1 and the absolute-error losses. Compiled code is rewritten too, but for hard sigmoid,
threshold and padding, whose calls the compiler hides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lipschitz.zero_free import activations, padding, pooling

functional: Any = F  # its type stub lacks some names

REWRITES: dict[Any, Callable[..., Any]] = {
    F.relu: activations.relu,
    torch.relu: activations.relu,
    Tensor.relu: activations.relu,
    torch.relu_: activations.relu_,
    Tensor.relu_: activations.relu_,
    F.leaky_relu: activations.leaky_relu,
    F.leaky_relu_: activations.leaky_relu_,
    F.rrelu: activations.rrelu,
    torch.rrelu: activations.rrelu,
    F.prelu: activations.prelu,
    torch.prelu: activations.prelu,
    Tensor.prelu: activations.prelu,
    torch.abs: activations.absolute,
    torch.absolute: activations.absolute,
    Tensor.abs: activations.absolute,
    Tensor.__abs__: activations.absolute,
    Tensor.absolute: activations.absolute,
    Tensor.abs_: activations.absolute_,
    F.hardtanh: activations.hardtanh,
    F.hardtanh_: activations.hardtanh_,
    F.relu6: activations.relu6,
    F.hardsigmoid: activations.hardsigmoid,
    F.threshold: activations.threshold,
    torch.threshold: activations.threshold,
    functional.threshold_: activations.threshold_,
    F.hardshrink: activations.hardshrink,
    torch.hardshrink: activations.hardshrink,
    Tensor.hardshrink: activations.hardshrink,
    F.softshrink: activations.softshrink,
    F.max_pool1d: pooling.maximum(1),
    F.max_pool2d: pooling.maximum(2),
    F.max_pool3d: pooling.maximum(3),
    torch.max_pool1d: pooling.maximum(1),
    torch.max_pool2d: pooling.maximum(2),
    torch.max_pool3d: pooling.maximum(3),
    F.max_pool1d_with_indices: pooling.maximum_with_indices(1),
    F.max_pool2d_with_indices: pooling.maximum_with_indices(2),
    F.max_pool3d_with_indices: pooling.maximum_with_indices(3),
    F.adaptive_max_pool1d: pooling.adaptive_maximum(1),
    F.adaptive_max_pool2d: pooling.adaptive_maximum(2),
    F.adaptive_max_pool3d: pooling.adaptive_maximum(3),
    F.avg_pool1d: pooling.average(1),
    F.avg_pool2d: pooling.average(2),
    F.avg_pool3d: pooling.average(3),
    F.adaptive_avg_pool1d: pooling.adaptive_average(1),
    F.adaptive_avg_pool2d: pooling.adaptive_average(2),
    F.adaptive_avg_pool3d: pooling.adaptive_average(3),
    F.pad: padding.pad,
    F.interpolate: padding.interpolate,
}
"""Operations by what replaces them."""
