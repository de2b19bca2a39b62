"""The mode around a critic's call that applies the rewrites, and the switch that turns them off."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lipschitz.zero_free.rewrites import REWRITES


class _Rewriting(TorchFunctionMode):
    """Replaces the operations of `REWRITES`, and notes whether there were any."""

    used = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        replacement = REWRITES.get(func)
        if replacement is None or not _fits(args, kwargs):
            return func(*args, **(kwargs or {}))
        self.used = True
        return replacement(*args, **(kwargs or {}))


def _fits(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> bool:
    """Return whether a call has the usual form; unusual ones stay PyTorch's."""
    if not args or not isinstance(args[0], Tensor) or not args[0].is_floating_point():
        return False
    return not kwargs or "out" not in kwargs


_gains: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()
_enabled = [True]


@contextmanager
def zero_free(critic: Callable[..., Any]) -> Generator[None]:
    """Compute piecewise linear operations without materialised zeros while `critic` is called.

    The first call of a module finds out whether it has any such operation; where it has none, later calls do
    not enter the mode, which costs a few percent. Nothing is done inside `plain_double_backward`.
    """
    if not _enabled[-1]:
        yield
        return
    if torch.compiler.is_compiling():  # the mode costs nothing in compiled code
        with _Rewriting():
            yield
        return
    module = critic if isinstance(critic, nn.Module) else None
    if module is not None and _gains.get(module) is False:
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
