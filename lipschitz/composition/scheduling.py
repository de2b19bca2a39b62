"""Fields that follow schedules over the critic's steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.composition.wrapping import Wrapper, require_constraint
from lipschitz.constraint import Constraint
from lipschitz.critic import Critic
from lipschitz.errors import FieldError, did_you_mean
from lipschitz.fields import field_types, is_whole
from lipschitz.seeding import fixed_seed
from lipschitz.undisturbed import quiet_log


@dataclass(frozen=True, kw_only=True)
class Scheduled(Wrapper):
    """A constraint some of whose fields follow schedules; built by `scheduled`."""

    name = "scheduled"
    whole: ClassVar[tuple[str, ...]] = ()
    schedules: tuple[tuple[str, Callable[[int], float]], ...]

    def __post_init__(self) -> None:
        """Check the fields."""
        require_constraint(self.constraint, "scheduled()")
        known = {field.name for field in dataclasses.fields(self.constraint)}
        for name, schedule in self.schedules:
            if name not in known:
                raise FieldError(
                    f"{self.constraint.name!r} has no field {name!r} to schedule.{did_you_mean(name, known)} "
                    f"Its fields: {', '.join(sorted(known))}."
                )
            if not callable(schedule):
                raise FieldError(
                    f"the schedule of {name!r} must map a step to a number, for example "
                    f"Linear(start=1, end=10, steps=1000); got {schedule!r}."
                )
        with fixed_seed(0), quiet_log():  # what prepare notes about this critic is no news for the user
            self._refuse_fields_of_prepare(nn.Linear(2, 1), None, ignore_failures=True)
        types = field_types(type(self.constraint))  # not in `at`, which is compiled with the critic step
        whole = tuple(name for name, _ in self.schedules if is_whole(types[name]))
        object.__setattr__(self, "whole", whole)
        self.at(0)
        super().__post_init__()

    def at(self, step: int) -> Constraint:
        """Return the constraint with its fields evaluated at a step."""
        values = {name: schedule(step) for name, schedule in self.schedules}
        # Schedules give floats; of a field that counts something, the nearest whole number is meant.
        whole = {name: round(values[name]) for name in self.whole}
        return dataclasses.replace(self.constraint, **cast("Any", values | whole))

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Prepare with the constraint within, refusing scheduled fields that this reads."""
        return self._refuse_fields_of_prepare(critic, example, ignore_failures=False)

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return the penalty with the fields of ``batch.step``."""
        return self.at(batch.step).penalty(critic, batch)

    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Project with the fields of `step`."""
        self.at(step).project(critic, step)

    def _refuse_fields_of_prepare(
        self, critic: nn.Module, example: Batch | None, *, ignore_failures: bool
    ) -> nn.Module:
        recorder, read = _recording(self.constraint)
        prepared = critic
        try:
            prepared = recorder.prepare(critic, example)
        except Exception:
            if not ignore_failures:
                raise
        for name, _ in self.schedules:
            if name in read:
                raise FieldError(
                    f"{name!r} of {self.constraint.name!r} cannot follow a schedule: prepare() uses it, once, before "
                    f"training."
                )
        return prepared


def scheduled(constraint: Constraint, **schedules: Callable[[int], float]) -> Constraint:
    """Let numeric fields of a constraint follow schedules over the critic's steps.

    Args:
        constraint: its other fields stay as they are.
        **schedules: by field name, a function from the step to the field's value, for example a
            `lipschitz.schedules.Schedule`.

    Raises:
        CompositionError: what is to be scheduled is no constraint.
        FieldError: a field does not exist, is used by `prepare`, or a schedule's first value is out of range.

    Example:
        >>> import lipschitz
        >>> from lipschitz.schedules import Linear
        >>> warm = scheduled(lipschitz.build("two_sided_gradient_penalty"),
        ...                  coefficient=Linear(start=1, end=10, steps=9))
        >>> warm.at(3).coefficient
        4.0
    """
    return Scheduled(constraint=constraint, schedules=tuple(schedules.items()))


def _recording(constraint: Constraint) -> tuple[Constraint, set[str]]:
    """Return a copy of a constraint that notes which attributes are read, and the set it notes them in."""
    read: set[str] = set()
    base: Any = type(constraint)

    def note(self: Any, attribute: str) -> Any:
        read.add(attribute)
        return base.__getattribute__(self, attribute)

    recorder_class = type(base.__name__, (base,), {"__getattribute__": note})
    recorder = object.__new__(recorder_class)
    for attribute, value in vars(constraint).items():
        object.__setattr__(recorder, attribute, value)
    return cast(Constraint, recorder), read
