"""Calling a critic so that its double backward exists, and costs no more than it must.

The fused kernels of attention and of cuDNN's recurrent networks have no second derivative: attention is computed by
its formula and recurrent networks without cuDNN. Piecewise linear operations go through `lipschitz.zero_free`.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from lipschitz.critic import Critic, named_layers
from lipschitz.zero_free import zero_free

ATTENTION = frozenset({F.scaled_dot_product_attention, F.multi_head_attention_forward})
"""Operations that may choose a fused kernel without second derivative."""


class _ByFormula(TorchFunctionMode):
    """Computes attention by its formula, and notes whether there was any."""

    used = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func not in ATTENTION:
            return func(*args, **(kwargs or {}))
        self.used = True
        with sdpa_kernel(SDPBackend.MATH):
            return func(*args, **(kwargs or {}))


_attends: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()
_recurs: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()


@contextmanager
def double_backward(critic: Critic, device: torch.device, *, graph: bool = True) -> Generator[None]:
    """Prepare PyTorch for a call of `critic` that will be differentiated twice.

    Args:
        critic: about to be called; what it needs is found out once per module.
        device: where it computes.
        graph: whether a second derivative is wanted; one alone has no zeros to save.

    Example:
        >>> with double_backward(nn.MultiheadAttention(4, 1), torch.device("cpu")):
        ...     pass  # call the critic here
    """
    with ExitStack() as stack:
        if device.type == "cuda" and _is_recurrent(critic):
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        watch = _enter_attention(critic, stack)
        if graph:
            stack.enter_context(zero_free(critic))
        yield
    if watch is not None and isinstance(critic, nn.Module):
        _attends[critic] = watch.used


def _enter_attention(critic: Critic, stack: ExitStack) -> _ByFormula | None:
    """Return the mode where it had to be entered to find out."""
    unknown = torch.compiler.is_compiling() or not isinstance(critic, nn.Module)
    known = None if unknown else _attends.get(cast(nn.Module, critic))
    if known is None:
        return stack.enter_context(_ByFormula())
    if known:
        by_formula: Any = sdpa_kernel(SDPBackend.MATH)
        stack.enter_context(by_formula)
    return None


def _is_recurrent(critic: Critic) -> bool:
    if not isinstance(critic, nn.Module):
        return True  # it may hold one
    if critic not in _recurs:
        _recurs[critic] = any(isinstance(layer, nn.RNNBase) for _, layer in named_layers(critic))
    return _recurs[critic]
