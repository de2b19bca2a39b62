"""A client of a Dask scheduler that leaves nothing behind when it cannot connect."""

from __future__ import annotations

import contextlib
from typing import Any


def open_client(target: Any, seconds: float) -> Any:
    """Connect to a scheduler.

    Dask leaves a client that could not connect, with its thread, to the garbage collector. Closing then takes a lock
    that a second client holds while it starts: where the collector runs in between, both wait for ever. So it is closed
    at once.

    Args:
        target: an address, or a cluster of this process.
        seconds: to wait for an answer.

    Returns:
        A ``distributed.Client``.

    Raises:
        Exception: of whatever type Dask raises where it cannot connect.
    """
    from distributed import Client

    class ClosingClient(Client):
        def start(self, **kwargs: Any) -> None:
            try:
                super().start(**kwargs)
            except BaseException:
                with contextlib.suppress(Exception):  # the first error is the one to tell
                    self.close()
                raise

    return ClosingClient(target, timeout=seconds)
