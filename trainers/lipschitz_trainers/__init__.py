"""One trainer for every experiment, with its command line, configurations, data, networks and reports.

Example:
    >>> import torch
    >>> from lipschitz_trainers import estimate_w1
    >>> x = torch.linspace(0, 1, 200)
    >>> round(estimate_w1(x + 2, x, steps=5).exact, 4)
    2.0
"""

from typing import TYPE_CHECKING, Any

from lipschitz_trainers.hookspecs import hookimpl as hookimpl

if TYPE_CHECKING:
    from lipschitz_trainers.estimation import W1Estimate as W1Estimate
    from lipschitz_trainers.estimation import estimate_w1 as estimate_w1

__all__ = ["W1Estimate", "estimate_w1", "hookimpl"]


def __getattr__(name: str) -> Any:
    """Import what estimates when it is asked for: plugins of the trainer import this module and need none of it."""
    if name in ("W1Estimate", "estimate_w1"):
        from lipschitz_trainers import estimation

        return getattr(estimation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
