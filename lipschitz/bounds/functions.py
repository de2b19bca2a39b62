"""Names of torch functions: one for all spellings, and which of them need no rule."""

from __future__ import annotations

from typing import Any

import torch
from torch._ops import OpOverload, OpOverloadPacket

OVERLOADS: Any = (OpOverload, OpOverloadPacket, torch.jit.ScriptFunction)

SPELLINGS = {
    "__add__": "add",
    "__radd__": "add",
    "__iadd__": "add",
    "__sub__": "sub",
    "__isub__": "sub",
    "__rsub__": "rsub",
    "__mul__": "mul",
    "__rmul__": "mul",
    "__imul__": "mul",
    "__truediv__": "div",
    "__itruediv__": "div",
    "__div__": "div",
    "__idiv__": "div",
    "__matmul__": "matmul",
    "__neg__": "neg",
    "__pos__": "positive",
    "__abs__": "abs",
}
"""Operators by the name of the function."""

FACTS = (
    "__class__",
    "__hash__",
    "__len__",
    "_version",
    "device",
    "dim",
    "dtype",
    "element_size",
    "get_device",
    "grad",
    "grad_fn",
    "is_complex",
    "is_conj",
    "is_contiguous",
    "is_cpu",
    "is_cuda",
    "is_floating_point",
    "is_inference",
    "is_leaf",
    "is_meta",
    "is_mkldnn",
    "is_mps",
    "is_neg",
    "is_nested",
    "is_pinned",
    "is_quantized",
    "is_same_size",
    "is_signed",
    "is_sparse",
    "is_storage",
    "is_tensor",
    "is_xpu",
    "layout",
    "names",
    "ndim",
    "ndimension",
    "nelement",
    "numel",
    "output_nr",
    "requires_grad",
    "requires_grad_",
    "result_type",
    "retains_grad",
    "shape",
    "size",
    "storage_offset",
    "stride",
    "type",
)
"""Functions whose answer does not depend on the values."""

ALIKE = (
    "zeros_like",
    "ones_like",
    "full_like",
    "empty_like",
    "new_zeros",
    "new_ones",
    "new_full",
    "new_empty",
)
"""Functions that take nothing but shape and format from their argument."""

LIKE_ANOTHER = ("to", "type_as", "expand_as", "view_as", "reshape_as")
"""Functions that may take shape or format from their second argument."""

SILENT_ALIASES = ("data", "variable_data")
"""Views of the same memory that hide writes from its other views, which ``detach`` does not."""

NOISE_ALIKE = ("rand_like", "randn_like", "randint_like")
"""Functions that draw random numbers and take shape and format from their argument."""

DRAWING_WITH_RULES = (
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_dropout",
    "alpha_dropout",
    "feature_alpha_dropout",
    "rrelu",
)
"""Functions that draw random numbers and whose rules hold for every draw."""

REASONS = {
    **dict.fromkeys(
        ("scaled_dot_product_attention", "multi_head_attention_forward"),
        "Dot-product attention has no global Lipschitz constant (Kim, Papamakarios, Mnih 2021, arXiv 2006.04710).",
    ),
    **dict.fromkeys(
        ("pow", "square", "exp", "sqrt", "rsqrt", "log", "reciprocal", "var", "std", "prod", "bilinear"),
        "Its slope is not bounded over the whole input space.",
    ),
    **dict.fromkeys(
        (
            "round",
            "floor",
            "ceil",
            "trunc",
            "sign",
            "heaviside",
            "hardshrink",
            "floor_divide",
            "remainder",
            "fmod",
        ),
        "It jumps, so it has no Lipschitz constant.",
    ),
}
"""Why some functions have no rule."""


def spelled(function: Any) -> tuple[str, bool]:
    """Return the name of a torch function, and whether it is the form that works in place."""
    name = str(getattr(function, "__name__", function))
    if name == "__get__":
        return str(function.__self__.__name__), False
    module = getattr(function, "__module__", None)
    foreign = module is not None and not str(module).startswith("torch")
    if foreign or isinstance(function, OVERLOADS):
        return str(function), False
    if name in SPELLINGS:
        return SPELLINGS[name], name.startswith("__i")
    if name.endswith("_") and not name.endswith("__"):
        return name[:-1], True
    return name, False
