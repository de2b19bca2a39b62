"""Named schedules: plain functions from a step to a number, as values that YAML can spell.

Used by `lipschitz.scheduled` for a constraint's fields and by the trainer for learning rates and critic steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, cast

from annotated_types import Ge, Lt, MinLen

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

    def range_ends(self) -> tuple[float, ...]:
        """Return numbers that bound everything the schedule returns: by default its floats, also those in tuples."""
        ends: list[float] = []
        for value in vars(self).values():
            items = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
            ends.extend(item for item in items if isinstance(item, float))
        return tuple(ends)

    def turning_points(self) -> tuple[int, ...]:
        """Return steps among which it takes its smallest and its largest value, ascending.

        By default 0, the integers among its fields, also those in tuples, and the steps after those.
        """
        steps = {0}
        for value in vars(self).values():
            items = cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,))
            for item in items:
                if isinstance(item, int):
                    steps |= {item, item + 1}
        return tuple(sorted(steps))


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
class WarmUpCosine(Schedule):
    """From `start` to `peak` in a straight line, then to `end` along half a cosine.

    The first step is already above `start`, so that as a factor on a learning rate none of the steps is lost.

    Attributes:
        steps: when `end` is reached, counted from step 0.
        warm_up: share of these steps that leads to `peak`.
        start: value before the first step.
        peak: value at the last step of the warm-up.
        end: value at `steps` and afterwards.

    References:
        Loshchilov, Hutter: SGDR, 2017, arXiv 1608.03983, section 3 (the cosine); Goyal et al.: Accurate, Large
        Minibatch SGD, 2017, arXiv 1706.02677, section 2.2 (the warm-up).

    Example:
        >>> rate = WarmUpCosine(steps=100, warm_up=0.1)
        >>> [round(rate(step), 3) for step in (0, 9, 55, 100)]
        [0.1, 1.0, 0.5, 0.0]
    """

    name = "warm_up_cosine"
    steps: Annotated[int, Ge(1)]
    warm_up: Annotated[float, Ge(0), Lt(1)] = 0.05
    start: float = 0.0
    peak: float = 1.0
    end: float = 0.0

    def __call__(self, step: int) -> float:
        """Return the value at `step`."""
        rising = self._rising()
        if step < rising:
            return self.start + (self.peak - self.start) * (step + 1) / rising
        done = min((step - rising) / (self.steps - rising), 1.0)
        return self.end + (self.peak - self.end) * 0.5 * (1.0 + math.cos(math.pi * done))

    def range_ends(self) -> tuple[float, ...]:
        """Return the three values it goes between."""
        return (self.start, self.peak, self.end)

    def turning_points(self) -> tuple[int, ...]:
        """Return the first step, where it turns, and where it ends."""
        return tuple(sorted({0, self._rising(), self.steps}))

    def _rising(self) -> int:
        return int(self.warm_up * self.steps)


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


SCHEDULES: dict[str, type[Schedule]] = {
    cls.name: cls for cls in (Constant, Linear, Cosine, WarmUpCosine, Piecewise, Burst)
}
"""Schedules by name."""


def schedule_class(name: str) -> type[Schedule]:
    """Return the schedule class called `name`.

    Raises:
        UnknownNameError: there is none.
    """
    return named("schedule", name, SCHEDULES)
