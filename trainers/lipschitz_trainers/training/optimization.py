"""An optimizer with its learning-rate schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.optim import Optimizer


@dataclass(frozen=True)
class Optimization:
    """How one network is optimized.

    Attributes:
        build: makes the optimizer from the network's parameters; called after `prepare`.
        schedule: factor on the learning rate at each generator iteration, from 0.

    Example:
        >>> import torch
        >>> paper = Optimization(lambda parameters: torch.optim.Adam(parameters, lr=1e-4, betas=(0.0, 0.9)))
    """

    build: Callable[[Iterable[nn.Parameter]], Optimizer]
    schedule: Callable[[int], float] | None = None


class ScheduledRate:
    """Sets an optimizer's learning rates to base rate times schedule."""

    def __init__(self, optimizer: Any, schedule: Callable[[int], float] | None) -> None:
        """Remember the base rates of the optimizer's parameter groups."""
        self.optimizer = optimizer
        self.schedule = schedule
        self.base = [group["lr"] for group in optimizer.param_groups]

    def set(self, iteration: int) -> None:
        """Set the rates of a generator iteration."""
        if self.schedule is None:
            return
        factor = self.schedule(iteration)
        for group, rate in zip(self.optimizer.param_groups, self.base, strict=True):
            group["lr"] = rate * factor
