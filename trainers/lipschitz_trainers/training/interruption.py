"""Ctrl-C between two iterations, never inside one."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from lipschitz import LipschitzError

SECONDS_OF_ONE_PRESS = 1.0
"""A launcher may pass on a Ctrl-C that the terminal has already delivered; both belong to one press."""


class Interrupted(LipschitzError):
    """Training was stopped on request; a checkpoint was written and the run can be resumed."""


class _Requests:
    """A signal handler that keeps the first request, and raises at the second."""

    def __init__(self) -> None:
        self.first: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.first is None:
            self.first = time.monotonic()
        elif time.monotonic() - self.first > SECONDS_OF_ONE_PRESS:
            raise KeyboardInterrupt

    def requested(self) -> bool:
        return self.first is not None


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Turn the first SIGINT or SIGTERM into a request that can be asked for; a second one interrupts at once.

    Inside another such block, the requests are the outer one's: what stops a run stops its experiment.

    Yields:
        A function that returns whether a stop was requested. Outside the main thread, where handlers cannot
        be installed, it always returns False.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    outer = signal.getsignal(signal.SIGINT)
    if isinstance(outer, _Requests):
        yield outer.requested
        return
    requests = _Requests()
    before = {number: signal.signal(number, requests) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requests.requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
