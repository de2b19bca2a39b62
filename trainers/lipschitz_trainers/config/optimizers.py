"""Optimizers by name, with their hyper-parameters and the schedule of the learning rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
from annotated_types import Ge, Gt, Lt
from pydantic import PlainValidator
from torch import nn

from lipschitz.errors import FieldError, named
from lipschitz.fields import Checked
from lipschitz.schedules import Schedule
from lipschitz_trainers.config.choices import SCHEDULE
from lipschitz_trainers.config.faults import refusal
from lipschitz_trainers.config.named import Choice

Decay = Annotated[float, Ge(0), Lt(1)]
"""A decay rate of a running average."""


_NEGATIVE = "must never be negative, as a factor on the learning rate"


def _parse_factor(value: Any) -> Schedule:
    # Checked here too, so that it is reported beside faults of the other fields.
    schedule: Schedule = SCHEDULE(value)
    if min(schedule.range_ends()) < 0:
        raise refusal(f"{_NEGATIVE}; got {schedule}")
    return schedule


@dataclass(frozen=True, kw_only=True)
class Optimizer(Checked):
    """An optimizer by name; `build` makes it for given parameters.

    Attributes:
        name: its name in YAML (set it on the class, it is no field).
        schedule: factor on the learning rate, by generator iteration; None leaves it as it is. In a run's configuration
            its ``steps`` may be left out: it then takes as long as the run. The trainer applies it, `build` does not.

    Raises:
        FieldError: a value is out of range, or the schedule would make the learning rate negative.
    """

    name: ClassVar[str]
    schedule: Annotated[Schedule, PlainValidator(_parse_factor)] | None = None

    def __post_init__(self) -> None:
        """Refuse schedules that turn the direction of descent."""
        if self.schedule is not None and min(self.schedule.range_ends()) < 0:
            raise FieldError(f"{type(self).__name__}.schedule {_NEGATIVE}; got {self.schedule}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Build the optimizer.

        Args:
            parameters: what it optimizes, on the device where they will be trained.

        Raises:
            ValueError: there are no parameters.
        """
        raise NotImplementedError(f"{type(self).__name__} must define build().")


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, arXiv 1412.6980); the defaults are those of WGAN-GP on toy data.

    Example:
        >>> Adam(lr=2e-4).build(nn.Linear(2, 1).parameters()).defaults["betas"]
        (0.0, 0.9)
    """

    name = "adam"

    lr: Annotated[float, Gt(0)] = 1e-4
    betas: tuple[Decay, Decay] = (0.0, 0.9)
    eps: Annotated[float, Ge(0)] = 1e-8
    weight_decay: Annotated[float, Ge(0)] = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Build `torch.optim.Adam`."""
        return self._build(torch.optim.Adam, list(parameters))

    def _build(
        self, cls: type[torch.optim.Adam] | type[torch.optim.AdamW], parameters: list[nn.Parameter]
    ) -> torch.optim.Optimizer:
        return cls(
            parameters,
            lr=self.lr,
            betas=self.betas,
            eps=self.eps,
            weight_decay=self.weight_decay,
            fused=True if _can_fuse(parameters) else None,
        )


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""

    name = "adamw"

    weight_decay: Annotated[float, Ge(0)] = 0.01

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Build `torch.optim.AdamW`."""
        return self._build(torch.optim.AdamW, list(parameters))


@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimizer):
    """RMSprop; the learning rate is that of the original WGAN (Arjovsky et al. 2017, arXiv 1701.07875)."""

    name = "rmsprop"

    lr: Annotated[float, Gt(0)] = 5e-5
    alpha: Decay = 0.99
    eps: Annotated[float, Ge(0)] = 1e-8
    weight_decay: Annotated[float, Ge(0)] = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Build `torch.optim.RMSprop`."""
        return torch.optim.RMSprop(
            parameters, lr=self.lr, alpha=self.alpha, eps=self.eps, weight_decay=self.weight_decay
        )


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Stochastic gradient descent; the learning rate has no good default."""

    name = "sgd"

    lr: Annotated[float, Gt(0)]
    momentum: Decay = 0.0
    weight_decay: Annotated[float, Ge(0)] = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Build `torch.optim.SGD`."""
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay)


def _can_fuse(parameters: list[nn.Parameter]) -> bool:
    # The fused kernel is several times faster, and refuses anything but floats on these devices.
    return all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in parameters)


OPTIMIZERS: dict[str, type[Optimizer]] = {cls.name: cls for cls in (Adam, AdamW, RMSprop, SGD)}
"""Optimizers by name."""


def optimizer_class(name: str) -> type[Optimizer]:
    """Return the optimizer class called `name`.

    Raises:
        UnknownNameError: there is none.
    """
    return named("optimizer", name, OPTIMIZERS)


OptimizerField = Annotated[
    Optimizer, PlainValidator(Choice("optimizer", Optimizer, optimizer_class, lambda: OPTIMIZERS))
]
