"""Draws from torch's global generators that leave no trace."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import torch

_random: Any = torch.random  # its functions have no complete type annotations


def reseed(seed: int, devices: Iterable[torch.device] = ()) -> None:
    """Start torch's global generators from `seed`; for use inside `fixed_seed`, which undoes it.

    Args:
        seed: the same seed draws the same numbers.
        devices: whose generators besides the CPU's; only CUDA devices count.

    Example:
        >>> with fixed_seed(0):
        ...     reseed(3)
        ...     first = torch.rand(2)
        ...     reseed(3)
        ...     torch.equal(torch.rand(2), first)
        True
    """
    # Not torch.manual_seed: it reaches every device there is, also those nobody will restore.
    torch.default_generator.manual_seed(seed)
    for index in _indices(devices):
        with torch.cuda.device(index):
            torch.cuda.manual_seed(seed)


@contextmanager
def fixed_seed(seed: int, devices: Iterable[torch.device] = ()) -> Generator[None]:
    """Let torch's global generators start from `seed` inside, and go on outside as if nothing had happened.

    Args:
        seed: the same seed draws the same numbers.
        devices: whose generators to save and restore besides the CPU's; only CUDA devices count.

    Example:
        >>> with fixed_seed(3):
        ...     first = torch.rand(2)
        >>> with fixed_seed(3):
        ...     torch.equal(torch.rand(2), first)
        True
    """
    devices = list(devices)
    with _random.fork_rng(devices=_indices(devices)):
        reseed(seed, devices)
        yield


def _indices(devices: Iterable[torch.device]) -> list[int]:
    return sorted({device.index or 0 for device in devices if device.type == "cuda"})
