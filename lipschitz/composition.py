"""Constraints made of constraints: `compose`, `every`, `scheduled`."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.constraint import Constraint, no_penalty
from lipschitz.critic import Critic
from lipschitz.errors import CompositionError, FieldError, did_you_mean
from lipschitz.fields import field_types, is_whole
from lipschitz.seeding import fixed_seed
from lipschitz.undisturbed import quiet_log


@dataclass(frozen=True, kw_only=True)
class Composition(Constraint):
    """Several constraints applied together; built by `compose`.

    `prepare` and `project` run in the order given, penalties add up.
    """

    name = "composition"
    parts: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        """Refuse contradictions and gather the parts' metadata."""
        for part in self.parts:
            _require_constraint(part, "compose()")
        require_compatible(self.parts)
        # The metadata of the whole follows from the parts, so these shadow the class attributes.
        for attribute in ("family", "cost"):
            values = dict.fromkeys(getattr(part, attribute) for part in self.parts)
            object.__setattr__(self, attribute, " + ".join(values) or "none")
        found = {part.guarantee for part in self.parts}
        object.__setattr__(self, "guarantee", next((g for g in ("hard", "soft") if g in found), "none"))
        object.__setattr__(self, "per_sample", all(part.per_sample for part in self.parts))
        object.__setattr__(self, "changes", frozenset[str]().union(*(part.changes for part in self.parts)))

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Prepare with every part, in order."""
        for part in self.parts:
            critic = part.prepare(critic, example)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return the sum of the parts' penalties."""
        total = no_penalty(batch)
        for part in self.parts:
            total = total + part.penalty(critic, batch)
        return total

    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Project with every part, in order."""
        for part in self.parts:
            part.project(critic, step)


def compose(*constraints: Constraint) -> Constraint:
    """Apply several constraints together.

    Args:
        *constraints: in the order in which `prepare` and `project` run; compositions are flattened.

    Returns:
        The constraint itself when there is one, else a `Composition`.

    Raises:
        CompositionError: one is no constraint, or two contradict each other: two reparametrizations of one weight,
            a projection of the raw weight under a reparametrization, or what `Constraint.contradicts` names.

    Example:
        >>> import lipschitz
        >>> both = lipschitz.compose(
        ...     lipschitz.build("spectral_norm"), lipschitz.build("one_sided_gradient_penalty"))
        >>> [part.name for part in both.parts]
        ['spectral_norm', 'one_sided_gradient_penalty']
    """
    parts: list[Constraint] = []
    for constraint in constraints:
        _require_constraint(constraint, "compose()")
        parts.extend(constraint.parts if isinstance(constraint, Composition) else [constraint])
    return parts[0] if len(parts) == 1 else Composition(parts=tuple(parts))


def require_compatible(parts: tuple[Constraint, ...]) -> None:
    """Refuse combinations that contradict each other, by their `changes` or by what they say in `contradicts`.

    Raises:
        CompositionError: with both names and the reason.
    """
    seen: list[Constraint] = []
    for part in parts:
        chosen = _chosen(part)  # what is inside one part has been checked when that was made
        for one, other in itertools.product(chosen, seen):
            if (reason := _contradiction(one, other)) is not None:
                raise CompositionError(f"{reason} Keep one of them.")
        seen += chosen


def _contradiction(part: Constraint, other: Constraint) -> str | None:
    """Return why a constraint cannot go together with one named before it, or `None` where it can."""
    if "parametrization" in part.changes & other.changes:
        return f"{other.name!r} and {part.name!r} both reparametrize the critic's weights; a weight can have only one."
    for projector, owner in ((part, other), (other, part)):
        if "weights" in projector.changes and "parametrization" in owner.changes:
            return (
                f"{projector.name!r} projects weights that {owner.name!r} reparametrizes: the raw parameter it would "
                f"move is not the weight the critic uses."
            )
    if part.name == other.name and "output" in part.changes:
        return f"{part.name!r} is named twice and it changes the critic's output, which it can do only once."
    for one, another in ((part, other), (other, part)):
        if another.name in one.contradicts:
            return f"{other.name!r} and {part.name!r} contradict each other: {one.contradicts[another.name]}."
    return None


def _chosen(constraint: Constraint) -> list[Constraint]:
    """Return what `compose`, `every` and `scheduled` wrap: the constraints that the user has chosen by name."""
    if isinstance(constraint, Every | Scheduled):
        return _chosen(constraint.constraint)
    if isinstance(constraint, Composition):
        return [one for part in constraint.parts for one in _chosen(part)]
    return [constraint]


@dataclass(frozen=True, kw_only=True)
class Every(Constraint):
    """A penalty taken at every n-th critic step only, times n; built by `every`."""

    name = "every"
    n: Annotated[int, Ge(1)]
    constraint: Constraint

    def __post_init__(self) -> None:
        """Take over the metadata of the constraint within."""
        _require_constraint(self.constraint, "every()")
        _copy_metadata(self.constraint, self)

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Prepare with the constraint within."""
        return self.constraint.prepare(critic, example)

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return n times the penalty when ``batch.step`` is a multiple of n, else zero."""
        if batch.step % self.n:
            return no_penalty(batch)
        return self.n * self.constraint.penalty(critic, batch)

    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Project at every step: only the penalty is lazy."""
        self.constraint.project(critic, step)


def every(n: int, constraint: Constraint) -> Constraint:
    """Take a penalty at every n-th critic step only, n times as large (lazy regularization).

    Source: Karras et al. 2020, arXiv 1912.04958, section 3.1.

    Args:
        n: the period, in optimizer steps of the critic.
        constraint: its `prepare` and `project` run as always.

    Raises:
        CompositionError: what is to be taken is no constraint.
        FieldError: n is not a whole number >= 1.

    Example:
        >>> import lipschitz
        >>> lazy = lipschitz.every(16, lipschitz.build("one_sided_gradient_penalty"))
    """
    return Every(n=n, constraint=constraint)


@dataclass(frozen=True, kw_only=True)
class Scheduled(Constraint):
    """A constraint some of whose fields follow schedules; built by `scheduled`."""

    name = "scheduled"
    whole: ClassVar[tuple[str, ...]] = ()
    constraint: Constraint
    schedules: tuple[tuple[str, Callable[[int], float]], ...]

    def __post_init__(self) -> None:
        """Check the fields and take over the metadata of the constraint within."""
        _require_constraint(self.constraint, "scheduled()")
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
        _copy_metadata(self.constraint, self)

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


def _require_constraint(value: object, asker: str) -> None:
    if not isinstance(value, Constraint):
        raise CompositionError(f"{asker} takes lipschitz.Constraint values, got {value!r}.")


def _copy_metadata(source: Constraint, target: Constraint) -> None:
    for attribute in ("family", "guarantee", "per_sample", "changes", "cost"):
        object.__setattr__(target, attribute, getattr(source, attribute))


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
