"""The block of a run that names its constraint, or several of them.

A constraint's block takes two keys beside its fields: ``every: n`` (`lipschitz.every`), where it has a penalty, and
``schedules``, from field to schedule (`lipschitz.scheduled`). Where a class has a field of that name, the
field is meant.

``none`` stands for no constraint at all: the plain GAN, or a critic whose architecture keeps it Lipschitz.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationError

from lipschitz import Constraint, FieldError, LipschitzError, compose, every, scheduled
from lipschitz.composition import Every, Scheduled
from lipschitz.fields import check_field, field_types, is_whole
from lipschitz.schedules import Schedule
from lipschitz_trainers import registry
from lipschitz_trainers.config.choices import SCHEDULE
from lipschitz_trainers.config.faults import Fault, collected, faulty, key_faults, own_fault, refusal
from lipschitz_trainers.config.named import Choice, build_fields
from lipschitz_trainers.config.wording import shown

RESERVED = ("every", "schedules")
"""Keys of a constraint's block that are no fields of the constraint."""


@dataclass(frozen=True, kw_only=True)
class Unconstrained(Constraint):
    """No constraint: neither the critic nor its loss is touched.

    It is no plugin and stands in no list of constraints: it is what they are compared with.
    """

    name = "none"
    family = "none"


def constraint_class(name: str) -> type[Constraint]:
    """Return the constraint called `name`, of which ``none`` is no plugin.

    Raises:
        UnknownNameError: there is none.
    """
    return Unconstrained if name == Unconstrained.name else registry.class_of("constraint", name)


_CONSTRAINT = Choice(
    "constraint", Constraint, constraint_class, functools.partial(registry.registered, "constraint")
)


def parse_constraint(value: Any) -> Constraint:
    """Return the constraint described by a name, a block, or a list of those (composed in that order).

    Raises:
        ValidationError: with every fault.

    Example:
        >>> parse_constraint({"name": "weight_clipping", "bound": 0.1})
        WeightClipping(bound=0.1)
    """
    if isinstance(value, Constraint):
        return value
    if not isinstance(value, (list, tuple)):
        return _parse_block(value)
    parts: list[Constraint] = []
    faults: list[Fault] = []
    for i, item in enumerate(value):
        try:
            parts.append(item if isinstance(item, Constraint) else _parse_block(item))
        except ValidationError as error:
            faults.extend(fault.within(i) for fault in collected(error))
    if not value:
        faults.append(
            Fault((), "must name at least one constraint, got an empty list; 'none' stands for none")
        )
    faults.extend(
        Fault((i,), f"{Unconstrained.name!r} stands alone; leave it out of the list")
        for i, part in enumerate(parts)
        if isinstance(part, Unconstrained)
    )
    if faults:
        raise faulty(faults)
    for i in range(len(parts)):
        try:
            compose(*parts[: i + 1])
        except LipschitzError as error:
            raise refusal(str(error), i) from None  # it is the last one that contradicts those before
    return compose(*parts)


ConstraintField = Annotated[Constraint, PlainValidator(parse_constraint)]


def _parse_block(value: Any) -> Constraint:
    cls, given = _CONSTRAINT.chosen(value)
    own = [field.name for field in dataclasses.fields(cls)]
    reserved = [key for key in RESERVED if key not in own]
    extra = {key: given.pop(key) for key in reserved if key in given}
    constraint: Constraint | None = None
    faults: list[Fault] = []
    try:
        constraint = build_fields(cls, given, reserved=reserved)
    except ValidationError as error:
        faults.extend(collected(error))
    if "schedules" in extra:
        constraint, found = _schedule(constraint, extra["schedules"], own)
        faults.extend(fault.within("schedules") for fault in found)
    if "every" in extra:
        try:
            # Without a constraint to repeat, the number is still worth checking.
            repeated = every(extra["every"], constraint or Constraint())
            _require_penalty(cls)
            constraint = None if constraint is None else repeated
        except LipschitzError as error:
            faults.append(Fault(("every",), own_fault(str(error), Every, ["n"]).message))
    if faults or constraint is None:
        raise faulty(faults)
    return constraint


def _schedule(
    constraint: Constraint | None, block: Any, own: list[str]
) -> tuple[Constraint | None, list[Fault]]:
    """Return the constraint with scheduled fields, and what is wrong with the block of schedules."""
    if not isinstance(block, Mapping):
        return constraint, [Fault((), f"must be a mapping from field to schedule, got {shown(block)}")]
    faults = key_faults([key for key in block if key not in own], [], own)
    schedules: dict[str, Schedule] = {}
    for field in (key for key in block if key in own):
        try:
            schedules[field] = SCHEDULE(block[field])
            if constraint is not None:
                _check_scheduled(constraint, field, schedules[field])
        except ValidationError as error:
            faults.extend(fault.within(field) for fault in collected(error))
        except LipschitzError as error:
            faults.append(Fault((field,), own_fault(str(error), type(constraint), own).message))
    if faults or constraint is None or not schedules:
        return constraint, faults
    step = 0
    try:
        whole = Scheduled(constraint=constraint, schedules=tuple(schedules.items()))
        for step in sorted({step for schedule in schedules.values() for step in schedule.turning_points()}):
            whole.at(step)
    except LipschitzError as error:
        # Fields may have to fit each other, so it is they together that are wrong; one alone is easy to name.
        where = tuple(schedules) if len(schedules) == 1 else ()
        return constraint, [Fault(where, f"at step {step}, {error}")]
    return whole, []


def _check_scheduled(constraint: Constraint, field: str, schedule: Schedule) -> None:
    """Refuse a field that cannot be scheduled, and a schedule that leaves the field's range later on."""
    cls = type(constraint)
    for value in schedule.range_ends():
        check_field(cls, field, round(value) if is_whole(field_types(cls)[field]) else value)
    now = getattr(constraint, field)
    scheduled(constraint, **{field: lambda step: now})
    if cls.penalty is Constraint.penalty and cls.project is Constraint.project:
        raise FieldError(
            f"{field!r} of {cls.name!r} cannot follow a schedule: it has neither a penalty nor a projection, which "
            f"would use the field during training."
        )


def _require_penalty(cls: type[Constraint]) -> None:
    if cls.penalty is Constraint.penalty:
        raise FieldError(
            f"{cls.name!r} has no penalty, and what it does to the weights it does at every step: 'every' would change "
            f"nothing. Leave it out."
        )
