"""Random numbers a critic draws while it is followed: seen wherever they come from, and never taken for constants."""

from __future__ import annotations

import random
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from lipschitz.bounds.functions import DRAWING_WITH_RULES, NOISE_ALIKE, spelled
from lipschitz.bounds.recorder import Recorder
from lipschitz.bounds.rules import RULES
from lipschitz.bounds.traced import Traced, tensors_in, traced_in
from lipschitz.errors import BoundError


@contextmanager
def followed_randomness(recorder: Recorder) -> Generator[None]:
    """Trace the random numbers that a critic draws inside: they may be added to features, and have no other place.

    One draw would otherwise pass for a weight, and the bound would be that of this draw.

    Raises:
        BoundError: it draws where the numbers cannot be followed: into a tensor there already, inside TorchScript, or
            from the generators of Python or NumPy.
    """
    before = _states_elsewhere()
    draws = _Draws(recorder)
    with draws, _Calls(recorder, draws):
        yield
    if not recorder.trusted and _states_elsewhere() != before:
        raise BoundError(
            recorder.refusal("random", "It draws from the generators of Python or NumPy; use torch.rand.")
        )


class _Draws(TorchDispatchMode):
    """Counts draws from any of torch's generators, below everything that Python can see."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.count = 0
        self.inside = 0
        self._recorder = recorder

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **kwargs)
        before = _state()
        result: Any = func(*args, **kwargs)
        # Some operations carry the tag and draw nothing: dropout in evaluation mode, attention without dropout.
        if kwargs.get("generator") is not None or not _same(before, _state()):
            self.count += 1
            if not self.inside and not self._recorder.trusting:
                raise BoundError(self._recorder.refusal(str(func), "It draws random numbers out of sight."))
        return result


class _Calls(TorchFunctionMode):
    """Looks at every torch function, traced arguments or not, and traces what comes out of a draw."""

    def __init__(self, recorder: Recorder, draws: _Draws) -> None:
        super().__init__()
        self._recorder, self._draws = recorder, draws

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        recorder, draws = self._recorder, self._draws
        if recorder.trusting:
            return func(*args, **kwargs)
        known = [tensor for tensor in tensors_in((args, kwargs)) if not isinstance(tensor, Traced)]
        versions = [_version(tensor) for tensor in known]
        count = draws.count
        draws.inside += 1
        try:
            result: Any = func(*args, **kwargs)
        finally:
            draws.inside -= 1
        if draws.count == count:
            return result
        name = spelled(func)[0]
        changed = [_version(tensor) for tensor in known] != versions
        shared = any(leaf is tensor for leaf in tensors_in(result) for tensor in known)
        if changed or shared or not tensors_in(result):
            reason = (
                "It writes random numbers into a tensor that is there already, where they cannot be followed. To add "
                "noise, use torch.randn, torch.rand or torch.randn_like."
            )
            raise BoundError(recorder.refusal(name, reason))
        if traced_in((args, kwargs)):
            if name in RULES and name not in DRAWING_WITH_RULES:
                raise BoundError(recorder.refusal(name, "It draws random numbers."))
            if name in NOISE_ALIKE or isinstance(result, Traced) or traced_in(result):
                return result
        return recorder.wrap(result, [recorder.noise(tensor) for tensor in tensors_in(result)])


def _version(tensor: Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version  # pyright: ignore[reportAttributeAccessIssue]


def _state() -> list[Tensor]:
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
    return [torch.default_generator.get_state(), *(torch.cuda.get_rng_state_all() if cuda else [])]


def _same(before: list[Tensor], after: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def _states_elsewhere() -> tuple[Any, ...]:
    numpy: Any = sys.modules.get("numpy")
    found: tuple[Any, ...] = numpy.random.get_state() if numpy is not None else ()
    return random.getstate(), *(part.tobytes() if hasattr(part, "tobytes") else part for part in found)
