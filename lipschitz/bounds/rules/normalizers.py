"""Normalizers: batch normalization with running statistics is affine, the others have a constant through epsilon.

With y the centred values of a group of n and s = sqrt(|y|^2 / n + eps) >= sqrt(eps), the derivative of y / s on
centred directions is (I - y y' / (n s^2)) / s: symmetric, with eigenvalues 1 / s and eps / s^3. Its norm is at most
1 / sqrt(eps), and that at y = 0: a normalizer is steep, whatever the data.
"""

from __future__ import annotations

import math
from functools import partial
from types import FunctionType
from typing import Any

import torch

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Combine, Linear, Node, Nonlinear, scaled
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import exactly, linear_in


@rule("layer_norm")
def layer_norm(call: Call) -> Node:
    """Bound layer normalization over the last axes."""
    size = math.prod(call.get(1, "normalized_shape"))
    eps = float(call.get(4, "eps", 1e-5))
    return _scaled(call, _through_epsilon(size, eps, centred=True), call.get(2, "weight"), -1)


@rule("rms_norm")
def rms_norm(call: Call) -> Node:
    """Bound division by the root mean square over the last axes."""
    size, eps = math.prod(call.get(1, "normalized_shape")), call.get(3, "eps")
    epsilon = torch.finfo(call.results[0].dtype).eps if eps is None else float(eps)
    return _scaled(call, _through_epsilon(size, epsilon, centred=False), call.get(2, "weight"), -1)


@rule("group_norm")
def group_norm(call: Call) -> Node:
    """Bound normalization over groups of channels."""
    size = math.prod(call.first().shape[1:]) // int(call.get(1, "num_groups"))
    eps = float(call.get(4, "eps", 1e-5))
    return _scaled(call, _through_epsilon(size, eps, centred=True), call.get(2, "weight"), 1)


@rule("instance_norm")
def instance_norm(call: Call) -> Node | list[Node]:
    """Bound normalization over each channel's positions, or with running statistics."""
    _require_functional(call)
    if not call.get(5, "use_input_stats", True):
        call.first()
        return linear_in(call, call.traced[0], signed=True, offset=True)
    size = math.prod(call.first().shape[2:])
    eps = float(call.get(7, "eps", 1e-5))
    return _scaled(call, _through_epsilon(size, eps, centred=True), call.get(3, "weight"), 1)


@rule("batch_norm")
def batch_norm(call: Call) -> list[Node]:
    """Bound batch normalization in evaluation mode: a fixed scale for each channel."""
    _require_functional(call)
    if call.get(5, "training", False) or call.get(1, "running_mean") is None:
        raise NoRuleError(
            "Batch normalization by statistics of the batch makes the score a function of the whole batch. Bound the "
            "critic in evaluation mode (critic.eval()), or replace the layer by nn.LayerNorm or nn.GroupNorm."
        )
    call.first()
    variance = exactly(call.get(2, "running_var"))
    gains = (variance + float(call.get(7, "eps", 1e-5))).rsqrt()
    weight: Any = call.get(3, "weight")
    largest = float((gains if weight is None else gains * exactly(weight)).abs().max())
    return linear_in(call, call.traced[0], signed=True, offset=True, combine=scaled(largest))


def _require_functional(call: Call) -> None:
    # The built-in torch.batch_norm and torch.instance_norm take the same arguments in another order.
    if not isinstance(call.function, FunctionType):
        raise NoRuleError(f"Call torch.nn.functional.{call.name} instead.")


def _through_epsilon(size: int, eps: float, *, centred: bool) -> Combine:
    """Return the constant of a normalizer over groups of `size` entries.

    For 1 and inf, u = sqrt(eps) / s: a row of absolute values of the derivative sums up to at most
    (c + |y_i| |y|_1 / |y|^2 (1 - u^2)) u / sqrt(eps), with c the norm of the centring and, by Cauchy-Schwarz on the
    other entries of y, |y_i| |y|_1 <= (1 + sqrt(n)) / 2 |y|^2; also to at most sqrt(n) times its Euclidean norm.
    """
    if eps <= 0:
        raise NoRuleError("With epsilon 0 it has no Lipschitz constant; use a positive one.")
    centring, radial = 2 * (1 - 1 / size) if centred else 1.0, (1 + math.sqrt(size)) / 2
    steepest = min(1.0, math.sqrt((centring + radial) / (3 * radial)))
    rows = min(math.sqrt(size), (centring + radial * (1 - steepest**2)) * steepest)
    alone = 0.0 if centred and size == 1 else 1.0

    def combine(norm: float, bounds: Any) -> float:
        return bounds[0] * alone * (1.0 if norm == 2 else rows) / math.sqrt(eps)

    return combine


def _scaled(call: Call, combine: Combine, weight: Any, axis: int) -> Node:
    node = Nonlinear(call.shape, (call.first(),), combine)
    if weight is None:
        return node
    scale = exactly(weight)
    if axis == 1:
        scale = scale.reshape(-1, *[1] * (len(call.shape) - 2))
    size = scale.abs()
    largest = float(size.max())
    return Linear(call.shape, (node,), partial(torch.mul, scale), partial(torch.mul, size), scaled(largest))
