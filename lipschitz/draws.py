"""Drawing from a generator inside compiled code.

`torch.compile` cannot trace a draw from a generator of one's own. As an operation of its own it is opaque to the
compiler, which then leaves it in place: compiled code sees the same numbers as eager code.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_generators: weakref.WeakValueDictionary[int, torch.Generator] = weakref.WeakValueDictionary()

GLOBAL = 0
"""Handle of torch's global generator."""


def handle_of(generator: torch.Generator | None) -> int:
    """Return a number by which `draw` finds the generator as long as it lives.

    Example:
        >>> handle_of(None)
        0
    """
    if generator is None:
        return GLOBAL
    _generators[id(generator)] = generator
    return id(generator)


def draw(kind: str, shape: Sequence[int], handle: int, device: torch.device) -> Tensor:
    """Return float32 numbers of a kind, ``"uniform"`` or ``"normal"``, on a device.

    Args:
        kind: the distribution, U[0, 1) or N(0, 1).
        shape: of the result.
        handle: from `handle_of`.
        device: of the result; the numbers are drawn where the generator is, and moved.
    """
    if not torch.compiler.is_compiling():
        return _draw(kind, shape, handle, device)
    operation: Any = torch.ops.lipschitz.draw
    return operation(kind, list(shape), handle, device)


def _draw(kind: str, shape: Sequence[int], handle: int, device: torch.device) -> Tensor:
    generator = None if handle == GLOBAL else _generators[handle]
    sampler: Any = torch.rand if kind == "uniform" else torch.randn
    where = device if generator is None else generator.device
    return sampler(shape, generator=generator, device=where, dtype=torch.float32).to(device)


_library: Any = torch.library
_operation: Any = _library.custom_op(
    "lipschitz::draw",
    _draw,
    mutates_args=(),
    tags=[torch.Tag.nondeterministic_seeded],  # two equal calls are not the same numbers
)
_operation.register_effect(_library.EffectType.ORDERED)  # draws stay in order; an unused one counts too


@_operation.register_fake
def _(kind: str, shape: Sequence[int], handle: int, device: torch.device) -> Tensor:
    return torch.empty(shape, device=device, dtype=torch.float32)
