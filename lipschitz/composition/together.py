"""Several constraints at once, unless they contradict each other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.composition.wrapping import Wrapper, require_constraint
from lipschitz.constraint import Constraint, no_penalty
from lipschitz.critic import Critic
from lipschitz.errors import CompositionError


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
            require_constraint(part, "compose()")
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
        require_constraint(constraint, "compose()")
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
    if isinstance(constraint, Wrapper):
        return _chosen(constraint.constraint)
    if isinstance(constraint, Composition):
        return [one for part in constraint.parts for one in _chosen(part)]
    return [constraint]
