"""Linear layers, convolutions and matrix products with constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Node
from lipschitz.bounds.rules.registry import rule
from lipschitz.bounds.rules.steps import linear_in

CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")


@rule("linear", *CONVOLUTIONS)
def layer(call: Call) -> list[Node]:
    """Bound a linear layer or a convolution: the operator norm at the size of its input, of one sample."""
    node = call.first()
    if call.name == "linear":
        one = node.shape[-1:]
    else:
        axes = int(call.name[-2])
        one = (1, *node.shape[-axes - 1 :]) if len(node.shape) == axes + 2 else None
    return linear_in(call, call.traced[0], function=_without_bias(call.function), signed=True, one=one)


def _without_bias(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(*args: Any, **kwargs: Any) -> Tensor:
        kept = {key: value for key, value in kwargs.items() if key != "bias"}
        return function(*args[:2], None, *args[3:], **kept) if len(args) > 2 else function(*args, **kept)

    return call


@rule("matmul", "mm", "mv", "bmm", "inner", "tensordot", "einsum", "kron", "outer", "dot")
def product(call: Call) -> list[Node]:
    """Bound a product with constants."""
    if len(call.traced) != 1:
        raise NoRuleError(
            "The product of two values that depend on the input has no global Lipschitz constant (attention is such "
            "a product)."
        )
    return linear_in(call, call.traced[0], signed=True)


@rule("addmm", "addmv", "addbmm", "baddbmm", "addr")
def product_and_sum(call: Call) -> list[Node]:
    """Bound a product with constants to which one is added."""
    if len(call.traced) != 1:
        raise NoRuleError(
            "More than one of its operands depends on the input; write it as a sum of products."
        )
    if float(call.kwargs.get("alpha", 1)) < 0 or float(call.kwargs.get("beta", 1)) < 0:
        raise NoRuleError("Its factors are negative; write it as a sum of products.")
    return linear_in(call, call.traced[0], signed=True, offset=True)
