"""Calling a critic so that its double backward exists, and costs no more than it must.

The fused kernels of attention, of pairwise distances and of cuDNN's recurrent networks have no second derivative: the
first two are computed by their formulas, recurrent networks without cuDNN. Piecewise linear operations go through
`lipschitz.zero_free`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from lipschitz.critic import Critic, named_layers
from lipschitz.undisturbed import uncompiled
from lipschitz.zero_free import zero_free

linalg: Any = torch.linalg  # has no type annotations
_kernels: Any = torch.backends.cuda  # of attention, on the CPU too


class _ByFormula(TorchFunctionMode):
    """Computes what has no second derivative by its formula, and notes whether there was any."""

    used = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        by_formula = FORMULAS.get(func)
        if by_formula is None:
            return func(*args, **(kwargs or {}))
        self.used = True
        return by_formula(func, *args, **(kwargs or {}))


def _attention(func: Any, *args: Any, **options: Any) -> Any:
    with sdpa_kernel(SDPBackend.MATH):
        return func(*args, **options)


class _FusedAttentionOff:
    """What `sdpa_kernel(SDPBackend.MATH)` does, in a tenth of its time: it is entered at every step."""

    def __enter__(self) -> None:
        self.before = (
            _kernels.flash_sdp_enabled(),
            _kernels.mem_efficient_sdp_enabled(),
            _kernels.cudnn_sdp_enabled(),
            _kernels.math_sdp_enabled(),
        )
        self._set(False, False, False, True)

    def __exit__(self, *_: object) -> None:
        self._set(*self.before)

    @staticmethod
    def _set(flash: bool, memory_efficient: bool, cudnn: bool, math: bool) -> None:
        _kernels.enable_flash_sdp(flash)
        _kernels.enable_mem_efficient_sdp(memory_efficient)
        _kernels.enable_cudnn_sdp(cudnn)
        _kernels.enable_math_sdp(math)


def _distances(func: Any, x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "") -> Tensor:
    differences = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    return cast(Tensor, linalg.vector_norm(differences, ord=p, dim=-1))


FORMULAS: dict[Any, Callable[..., Any]] = {
    torch.cdist: _distances,
    F.scaled_dot_product_attention: _attention,  # only compiled code needs these two: see below
    F.multi_head_attention_forward: _attention,
}
"""Operations without a second derivative, by how they are computed instead."""

_by_formula: weakref.WeakKeyDictionary[nn.Module, tuple[bool, int]] = weakref.WeakKeyDictionary()
_recurrent: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()


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
    module = critic if isinstance(critic, nn.Module) and not torch.compiler.is_compiling() else None
    needed, calls = (True, 0) if module is None else _by_formula.get(module, (True, 0))
    # What a critic does may depend on a switch, so those without a need are looked at again at every 2^k-th call.
    look = module is not None and (needed or calls & (calls - 1) == 0)
    watch = _ByFormula()
    with ExitStack() as stack:
        if device.type == "cuda" and _is_recurrent(critic):
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(uncompiled(critic))
        if graph and not torch.compiler.is_compiling():
            stack.enter_context(_FusedAttentionOff())
        if module is None or look:
            stack.enter_context(watch)
        if graph:
            stack.enter_context(zero_free(critic))
        yield
    if module is not None:
        _by_formula[module] = (watch.used if look else needed, calls + 1)


def _is_recurrent(critic: Critic) -> bool:
    if not isinstance(critic, nn.Module):
        return True  # it may hold one
    if critic not in _recurrent:
        _recurrent[critic] = any(isinstance(layer, nn.RNNBase) for _, layer in named_layers(critic))
    return _recurrent[critic]
