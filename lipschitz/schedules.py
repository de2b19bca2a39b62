"""Named schedules: plain functions from a step to a number, as values that YAML can spell.

Used by `lipschitz.scheduled` for a constraint's fields and by the trainer for learning rates and critic steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, MinLen

from lipschitz.errors import FieldError, named
from lipschitz.fields import Checked


@dataclass(frozen=True, kw_only=True)
class Schedule(Checked):
    """A number that depends on the step; call it with the step, counted from 0.

    Attributes:
        name: its name in YAML.
    """

    name: ClassVar[str]

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__().")


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same value at every step."""

    name = "constant"
    value: float

    def __call__(self, step: int) -> float:
        """Return the value."""
        return self.value


@dataclass(frozen=True, kw_only=True)
class Linear(Schedule):
    """From `start` to `end` in a straight line over `steps` steps, `end` afterwards.

    Example:
        >>> Linear(start=1, end=0, steps=100)(25)
        0.75
    """

    name = "linear"
    start: float
    end: float
    steps: Annotated[int, Ge(1)]

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        done = min(step / self.steps, 1.0)
        return self.start + (self.end - self.start) * done


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """From `start` to `end` along half a cosine over `steps` steps, `end` afterwards."""

    name = "cosine"
    start: float
    end: float
    steps: Annotated[int, Ge(1)]

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        done = min(step / self.steps, 1.0)
        return self.end + (self.start - self.end) * 0.5 * (1.0 + math.cos(math.pi * done))


@dataclass(frozen=True, kw_only=True)
class Piecewise(Schedule):
    """``values[0]`` before ``boundaries[0]``, ``values[1]`` from there to ``boundaries[1]``, and so on.

    Raises:
        FieldError: the boundaries do not increase, or there is not one value more than boundaries.
    """

    name = "piecewise"
    boundaries: Annotated[tuple[int, ...], MinLen(1)]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check that boundaries and values fit together."""
        if any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise FieldError(f"Piecewise.boundaries must increase, got {self.boundaries}.")
        if len(self.values) != len(self.boundaries) + 1:
            raise FieldError(
                f"Piecewise needs one value more than boundaries, got {len(self.values)} values for "
                f"{len(self.boundaries)} boundaries."
            )

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        return self.values[sum(step >= boundary for boundary in self.boundaries)]


@dataclass(frozen=True, kw_only=True)
class Burst(Schedule):
    """`burst` during the first `first` steps and at every `every`-th one, `usual` otherwise.

    The critic steps of the original WGAN code: 100 for the first 25 generator iterations and every 500th,
    else 5 (Arjovsky et al. 2017, arXiv 1701.07875, published code).

    Example:
        >>> [Burst()(step) for step in (0, 24, 25, 499, 500)]
        [100.0, 100.0, 5.0, 5.0, 100.0]
    """

    name = "burst"
    usual: float = 5.0
    burst: float = 100.0
    first: Annotated[int, Ge(0)] = 25
    every: Annotated[int, Ge(1)] = 500

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        return self.burst if step < self.first or step % self.every == 0 else self.usual


SCHEDULES: dict[str, type[Schedule]] = {cls.name: cls for cls in (Constant, Linear, Cosine, Piecewise, Burst)}
"""Schedules by name."""


def schedule_class(name: str) -> type[Schedule]:
    """Return the schedule class called `name`.

    Raises:
        UnknownNameError: there is none.
    """
    return named("schedule", name, SCHEDULES)
