"""Operator norms of single layers: the true one at a given input size, and the one spectral normalization uses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd as AnyTransposed  # pyright: ignore[reportPrivateUsage]
from torch.nn.utils.spectral_norm import SpectralNorm as OldSpectralNorm
from torch.nn.utils.weight_norm import WeightNorm as OldWeightNorm

from lipschitz.bounds.evaluation import is_affine, lipschitz_constant
from lipschitz.bounds.linear_map import MARGIN
from lipschitz.bounds.norms import require_norm, require_tolerance
from lipschitz.bounds.rules.steps import exactly
from lipschitz.bounds.traced import Traced
from lipschitz.bounds.tracing import traced_output
from lipschitz.errors import BoundError, FieldError
from lipschitz.scrap import scrap_copy
from lipschitz.trees import linalg
from lipschitz.undisturbed import undisturbed


def operator_norm(
    layer: nn.Module, input_shape: tuple[int, ...], norm: float = 2, *, tolerance: float = 1e-3
) -> float:
    """Return a certified upper bound of the operator norm of a linear layer at its real input size.

    The operator is the linear map from one sample to one output, both laid out as vectors: stride, padding, dilation,
    groups and padding mode count, the bias does not. Its norm depends on the input size, and is up to the square root
    of the kernel's size larger than the norm of the reshaped kernel (`reshaped_spectral_norm`).

    Args:
        layer: linear, convolution, transposed convolution, average pooling, ... or several of them in sequence; with a
            parametrized weight, the weight of its next call counts. It is left as it is.
        input_shape: shape of one input, without the batch axis.
        norm: 2, 1 or inf, of input and output.
        tolerance: relative tightness aimed at for norm 2 where the matrix of the operator is too large to form.

    Returns:
        Where the smaller side of the operator has at most 1024 entries (and its matrix 2^24), the norm to float64
        rounding, and never below it; so, too, for a single layer and norms 1 and inf. For larger operators and norm
        2, a bound within `tolerance` by the Lanczos method, which fails with a probability of 1e-12 at most over its
        random start (`lipschitz.bounds.lanczos`). The answer is the same at every call.

    Raises:
        BoundError: the layer is not linear up to its bias, or cannot be called on this shape.
        CriticError: the layer is lazy and has no weights yet.
        FieldError: the norm is none of the three, the tolerance not above 0, or `input_shape` no shape.

    Example:
        >>> blur = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        >>> blur.weight.data.fill_(1.0).shape
        torch.Size([1, 1, 3, 3])
        >>> round(operator_norm(blur, (1, 32, 32)), 3), round(reshaped_spectral_norm(blur), 3)
        (8.946, 3.0)
    """
    require_norm(norm)
    require_tolerance(tolerance)
    _require_shape(input_shape)
    parameter = next(layer.parameters(), torch.zeros(()))
    zeros = torch.zeros(1, *input_shape, dtype=parameter.dtype, device=parameter.device)
    output = traced_output(layer, zeros, ())
    if not isinstance(output, Traced) or not is_affine(output.node()):
        raise BoundError(
            f"operator_norm takes a layer that is linear up to its bias, got {type(layer).__name__}; use "
            f"lipschitz.product_bound for critics."
        )
    return lipschitz_constant(output.node(), norm, tolerance, zeros.device)


def _require_shape(shape: Any) -> None:
    sizes: list[Any] = list(shape) if isinstance(shape, tuple | list) else []  # pyright: ignore
    if not sizes or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise FieldError(
            f"input_shape must be the shape of one input without the batch axis, such as (3, 32, 32), got {shape!r}."
        )


def reshaped_spectral_norm(layer: nn.Module) -> float:
    """Return the largest singular value of a layer's weight as a matrix, which spectral normalization divides by.

    The matrix has one row for each output channel (Miyato et al. 2018, arXiv 1802.05957, section 2.1). For linear
    layers that is the operator norm, for convolutions it is not: see `operator_norm`.

    Args:
        layer: with a floating-point `weight` of two or more axes; left as it is, also where the weight is parametrized.

    Raises:
        BoundError: it has no such weight.

    Example:
        >>> layer = nn.Conv2d(1, 1, 3)
        >>> bool(abs(reshaped_spectral_norm(layer) - layer.weight.norm()) < 1e-6)
        True
    """
    weight = _effective_weight(layer)
    if not isinstance(weight, Tensor) or weight.ndim < 2:
        raise BoundError(f"expected a layer with a weight of two or more axes, got {type(layer).__name__}.")
    rows = weight.transpose(0, 1) if isinstance(layer, AnyTransposed) else weight
    return float(linalg.matrix_norm(exactly(rows).flatten(1), ord=2)) * MARGIN


def _effective_weight(layer: nn.Module) -> Any:
    parameter = next(layer.parameters(), torch.zeros(()))
    with torch.no_grad(), undisturbed(layer, parameter.device):
        copied = scrap_copy(layer)
        hooks: dict[int, Any] = vars(copied)["_forward_pre_hooks"]
        for hook in hooks.values():
            if isinstance(hook, OldSpectralNorm | OldWeightNorm):
                hook(copied, ())
        return getattr(copied, "weight", None)
