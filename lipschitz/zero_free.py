"""Critics without zeros in their double backward.

The derivative of a rectifier is constant almost everywhere, so its second derivative is zero. PyTorch pushes
that zero, materialised, back through the whole forward pass: about a third of the work of a gradient penalty.
Inside `zero_free` rectifiers are computed as ``x * slope(x)`` with a constant slope, which has no such path;
values and gradients are the same, except that an input of minus infinity gives NaN instead of 0. A parameter
reached by nothing but zeros (the last bias) then gets no gradient instead of a zero.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def _relu(x: Tensor, inplace: bool = False) -> Tensor:
    return _scale(x, (x > 0).to(x.dtype), inplace)


def _relu_(x: Tensor) -> Tensor:
    return _relu(x, inplace=True)


def _leaky_relu(x: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    return _scale(x, torch.where(x > 0, x.new_ones(()), x.new_full((), negative_slope)), inplace)


def _leaky_relu_(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    return _leaky_relu(x, negative_slope, inplace=True)


def _scale(x: Tensor, slope: Tensor, inplace: bool) -> Tensor:
    return x.mul_(slope) if inplace else x * slope


REWRITES: dict[Any, Callable[..., Tensor]] = {
    F.relu: _relu,
    torch.relu: _relu,
    Tensor.relu: _relu,
    torch.relu_: _relu_,
    Tensor.relu_: _relu_,
    F.leaky_relu: _leaky_relu,
    F.leaky_relu_: _leaky_relu_,
}
"""Operations by what replaces them."""


class _Rewriting(TorchFunctionMode):
    """Replaces the operations of `REWRITES`, and notes whether there were any."""

    used = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        replacement = REWRITES.get(func)
        if replacement is None:
            return func(*args, **(kwargs or {}))
        self.used = True
        return replacement(*args, **(kwargs or {}))


_gains: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()
_enabled = [True]


@contextmanager
def zero_free(critic: Callable[..., Any]) -> Generator[None]:
    """Compute rectifiers without materialised zeros while `critic` is called.

    The first call of a module finds out whether it has any such operation; where it has none, later calls do
    not enter the mode, which costs a few percent. Switched off inside `plain_double_backward`.
    """
    module = critic if isinstance(critic, nn.Module) else None
    if not _enabled[-1] or (module is not None and _gains.get(module) is False):
        with nullcontext():
            yield
        return
    mode = _Rewriting()
    with mode:
        yield
    if module is not None and module not in _gains:
        _gains[module] = mode.used


@contextmanager
def plain_double_backward() -> Generator[None]:
    """Switch the rewriting off, for comparison with PyTorch's own double backward.

    Example:
        >>> with plain_double_backward():
        ...     pass  # gradient penalties in here are computed the classic way
    """
    _enabled.append(False)
    try:
        yield
    finally:
        _enabled.pop()
