"""What stands for one other constraint: the metadata it takes over."""

from __future__ import annotations

from dataclasses import dataclass

from lipschitz.constraint import Constraint
from lipschitz.errors import CompositionError


@dataclass(frozen=True, kw_only=True)
class Wrapper(Constraint):
    """A constraint that changes when or how strongly another one acts.

    Attributes:
        constraint: the one within, chosen by the user by name.
    """

    name = "wrapper"
    constraint: Constraint

    def __post_init__(self) -> None:
        """Take over the metadata of the constraint within."""
        for attribute in ("family", "guarantee", "per_sample", "changes", "cost"):
            object.__setattr__(self, attribute, getattr(self.constraint, attribute))


def require_constraint(value: object, asker: str) -> None:
    """Refuse what is no constraint, for instance its name.

    Raises:
        CompositionError: with who asked and what was got.
    """
    if not isinstance(value, Constraint):
        raise CompositionError(f"{asker} takes lipschitz.Constraint values, got {value!r}.")
