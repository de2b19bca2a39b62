"""Looking at a critic without a trace: buffers, random state, cached weights and the log are put back."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from lipschitz.critic import Critic
from lipschitz.seeding import fixed_seed

_cache: Any = parametrize  # its cache has no public handle


@contextmanager
def undisturbed(critic: Critic, device: torch.device) -> Generator[None]:
    """Undo what evaluating `critic` does to its buffers, to torch's random state and to cached parametrizations.

    Random numbers inside come from a fixed seed.

    Example:
        >>> with undisturbed(nn.Dropout(), torch.device("cpu")):
        ...     pass  # evaluate here
    """
    buffers = dict(critic.named_buffers()) if isinstance(critic, nn.Module) else {}
    before = {name: buffer.detach().clone() for name, buffer in buffers.items()}
    with fixed_seed(0, [device]), uncached():
        try:
            yield
        finally:
            with torch.no_grad():
                for name, buffer in buffers.items():
                    # Writing counts as a change for graphs that hold the buffer, even where nothing changed.
                    if not buffer.is_meta and not torch.equal(buffer, before[name]):
                        buffer.copy_(before[name])


@contextmanager
def uncached() -> Generator[None]:
    """Leave `torch.nn.utils.parametrize.cached` for a while, where it is active.

    A weight first computed without a graph would stay in the cache, and the training step around would have no
    gradient for it, without any error.
    """
    state = (_cache._cache_enabled, _cache._cache)
    _cache._cache_enabled, _cache._cache = 0, {}
    try:
        yield
    finally:
        _cache._cache_enabled, _cache._cache = state


def autocast_dtype(device: torch.device) -> torch.dtype | None:
    """Return the dtype that autocast uses on a device at this moment, `None` where it is off or does not exist.

    Example:
        >>> with torch.autocast("cpu", torch.bfloat16):
        ...     autocast_dtype(torch.device("cpu"))
        torch.bfloat16
    """
    available: Any = torch.amp.autocast_mode.is_autocast_available
    if not available(device.type) or not torch.is_autocast_enabled(device.type):
        return None
    return torch.get_autocast_dtype(device.type)


@contextmanager
def uncompiled(critic: Critic) -> Generator[None]:
    """Run eagerly what is compiled in a critic: a compiled graph has been cut down to one derivative.

    Example:
        >>> with uncompiled(nn.Linear(2, 1)):
        ...     pass  # call the critic here
    """
    if torch.compiler.is_compiling() or not isinstance(critic, nn.Module) or not _is_compiled(critic):
        yield
        return
    compiler: Any = torch.compiler
    with compiler.set_stance("force_eager"):
        yield


def _is_compiled(critic: nn.Module) -> bool:
    found = [critic]
    for module in found:  # grows while it is read
        inner = vars(module).get("_modules", {})
        if vars(module).get("_compiled_call_impl") is not None or "_orig_mod" in inner:
            return True
        found += [child for child in inner.values() if child is not None]
    return False


@contextmanager
def quiet_log() -> Generator[None]:
    """Keep the framework's log quiet: what a trial finds out is no news for the user.

    Example:
        >>> with quiet_log():
        ...     logging.getLogger("lipschitz").error("not seen")
    """
    logger = logging.getLogger("lipschitz")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
