"""Activations: functions of each entry with a bounded slope, the same constant in every norm."""

from __future__ import annotations

import math
from types import FunctionType
from typing import Any

from torch import Tensor

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Node, Nonlinear, scaled
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import unchanged
from lipschitz.bounds.traced import Traced

GELU = (1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi)
"""Slope of x P(Z < x) at its maximum, x = sqrt(2)."""

HARDSIGMOID = 0.1666666716337204
"""1/6 in float32, as PyTorch's backward pass has it in every precision; a little above."""

GELU_TANH = 1.1289931
SILU = 1.0998394
MISH = 1.0884982

SELU = 1.0507009873554805 * 1.6732632423543772
"""Slope of SELU just below 0: its scale times its alpha."""

SLOPES: dict[str, tuple[float, float]] = {
    "relu": (0.0, 1.0),
    "relu6": (0.0, 1.0),
    "hardtanh": (0.0, 1.0),
    "clamp": (0.0, 1.0),
    "clip": (0.0, 1.0),
    "clamp_min": (0.0, 1.0),
    "clamp_max": (0.0, 1.0),
    "abs": (-1.0, 1.0),
    "absolute": (-1.0, 1.0),
    "tanh": (0.0, 1.0),
    "tanhshrink": (0.0, 1.0),
    "softsign": (0.0, 1.0),
    "softshrink": (0.0, 1.0),
    "logsigmoid": (0.0, 1.0),
    "log_sigmoid": (0.0, 1.0),
    "sin": (-1.0, 1.0),
    "cos": (-1.0, 1.0),
    "arctan": (0.0, 1.0),
    "atan": (0.0, 1.0),
    "asinh": (0.0, 1.0),
    "arcsinh": (0.0, 1.0),
    "sigmoid": (0.0, 0.25),
    "hardsigmoid": (0.0, HARDSIGMOID),
    "erf": (0.0, 2 / math.sqrt(math.pi)),
    "selu": (0.0, SELU),
    "silu": (1 - SILU, SILU),
    "hardswish": (-0.5, 1.5),
    "mish": (-0.12, MISH),
}
"""Smallest and largest slope, rounded outwards where there is no closed form; each is checked against the function."""


def between(call: Call, low: float, high: float) -> Node:
    """Return the node of a function of each entry with slopes in a range."""
    node = call.first()
    if call.shape != node.shape:
        raise NoRuleError("Its parameters have a larger shape than its input.")
    return Nonlinear(call.shape, (node,), scaled(max(abs(low), abs(high))), (low, high))


@rule(*SLOPES)
def fixed_slopes(call: Call) -> Node:
    """Bound a function without parameters, or whose parameters do not matter."""
    return between(call, *SLOPES[call.name])


@rule("gelu")
def gelu(call: Call) -> Node:
    """Bound GELU, exact or approximated with tanh."""
    high = GELU_TANH if call.get(1, "approximate", "none") == "tanh" else GELU
    return between(call, 1 - high, high)


@rule("leaky_relu")
def leaky_relu(call: Call) -> Node:
    """Bound max(x, s x)."""
    slope = float(call.get(1, "negative_slope", 0.01))
    return between(call, min(1.0, slope), max(1.0, slope))


@rule("elu")
def elu(call: Call) -> Node:
    """Bound x or a (exp(x) - 1)."""
    if not isinstance(call.function, FunctionType) and (
        len(call.args) > 2 or {"scale", "input_scale"} & set(call.kwargs)
    ):
        raise NoRuleError("Its scales have no rule; call torch.nn.functional.elu.")
    alpha = float(call.get(1, "alpha", 1.0))
    return between(call, min(0.0, alpha), max(1.0, alpha))


@rule("celu")
def celu(call: Call) -> Node:
    """Bound x or a (exp(x / a) - 1)."""
    if float(call.get(1, "alpha", 1.0)) <= 0:
        raise NoRuleError("Its alpha is not positive.")
    return between(call, 0.0, 1.0)


@rule("softplus")
def softplus(call: Call) -> Node:
    """Bound log(1 + exp(b x)) / b, which PyTorch replaces by x above a threshold.

    There it jumps, from 20 by default, up to 2.1e-9 / b, which is left out: the slope is that of the exact function.
    """
    if float(call.get(2, "threshold", 20.0)) < 20:
        raise NoRuleError("It jumps at its threshold; let the threshold be 20 at least.")
    return between(call, 0.0, 1.0)


@rule("prelu")
def prelu(call: Call) -> Node:
    """Bound a leaky rectifier with learnt slopes."""
    weight: Tensor = call.get(1, "weight")
    if isinstance(weight, Traced):
        raise NoRuleError("Its slopes depend on the input of the critic.")
    return between(call, min(1.0, float(weight.min())), max(1.0, float(weight.max())))


@rule("rrelu")
def rrelu(call: Call) -> Node:
    """Bound a leaky rectifier with random slopes, whichever are drawn."""
    lower, upper = float(call.get(1, "lower", 1 / 8)), float(call.get(2, "upper", 1 / 3))
    if call.get(3, "training", False):
        return between(call, min(1.0, lower), max(1.0, upper))
    return between(call, min(1.0, (lower + upper) / 2), max(1.0, (lower + upper) / 2))


@rule("threshold", "_threshold")
def threshold(call: Call) -> Node:
    """Bound x above the threshold and a constant below, where the two meet."""
    if float(call.get(1, "threshold")) != float(call.get(2, "value")):
        raise NoRuleError("It jumps at its threshold; let threshold and value be equal.")
    return between(call, 0.0, 1.0)


@rule("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout")
def dropout(call: Call) -> Node:
    """Bound dropout: the identity in evaluation; 1 / (1 - p) in training, whatever is dropped."""
    p, training = _dropout_arguments(call)
    if not training:
        return unchanged(call)
    return between(call, 0.0, 1 / (1 - p) if p < 1 else 0.0)


@rule("alpha_dropout", "feature_alpha_dropout")
def alpha_dropout(call: Call) -> Node:
    """Bound dropout that keeps mean and variance of SELU networks (Klambauer et al. 2017, section 3)."""
    p, training = _dropout_arguments(call)
    if not training:
        return unchanged(call)
    return between(call, 0.0, ((1 - p) * (1 + p * SELU**2)) ** -0.5 if p < 1 else 0.0)


def _dropout_arguments(call: Call) -> tuple[float, bool]:
    default: Any = call.name not in ("alpha_dropout", "feature_alpha_dropout")
    return float(call.get(1, "p", 0.5)), bool(call.get(2, "training", call.get(2, "train", default)))
