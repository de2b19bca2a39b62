"""Lazy regularization: a penalty at every n-th step only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.composition.wrapping import Wrapper, require_constraint
from lipschitz.constraint import Constraint, no_penalty
from lipschitz.critic import Critic


@dataclass(frozen=True, kw_only=True)
class Every(Wrapper):
    """A penalty taken at every n-th critic step only, times n; built by `every`."""

    name = "every"
    n: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        """Refuse what is no constraint."""
        require_constraint(self.constraint, "every()")
        super().__post_init__()

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
