"""`SlopePenalty`: what all gradient penalties share. Each is a choice of where, in which norm, and how much."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.constraint import Constraint
from lipschitz.critic import Critic
from lipschitz.diagnosis import require_trainable_slopes
from lipschitz.errors import FieldError
from lipschitz.penalties import SHAPES, Shape
from lipschitz.sampling import WHOLE_BATCH
from lipschitz.slopes import slopes_at

InputNorm: TypeAlias = Annotated[float, Ge(1)] | Literal["inf"]
"""Norm of the space of samples, p from 1 to inf (the word or the number); gradients are measured in its dual."""


class SlopePenalty(Constraint):
    """Base of the gradient penalties: ``coefficient * shape(|grad D(point)|)``, one term per sample.

    No dataclass itself, so it has no fields: a subclass declares as fields what its users may choose, and overrides
    as plain attributes what it fixes.

    Attributes:
        coefficient: factor of the cost.
        target: handed to the shape.
        points: where to look, see `lipschitz.slopes.points_at`.
        radius: how far from the samples, where the place has a radius; `None` for the place's own.
        norm: of the space of samples.
        shape: name of the cost, of `lipschitz.penalties.SHAPES`.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts.
        violators_only: take the second derivative of the samples above the target only.

    Example:
        >>> from dataclasses import dataclass
        >>> import torch
        >>> @dataclass(frozen=True, kw_only=True)
        ... class FlatAtFakes(SlopePenalty):
        ...     name = "flat_at_fakes"
        ...     points = "fake"
        ...     shape = "zero_centered"
        ...     coefficient: float = 2.0
        >>> critic, batch = torch.nn.Linear(2, 1), Batch(real=torch.zeros(3, 2), fake=torch.ones(3, 2))
        >>> FlatAtFakes().penalty(critic, batch).shape
        torch.Size([3])
    """

    family = "gradient penalty"
    guarantee = "soft"
    cost = "double backward"

    coefficient: float = 1.0
    target: float = 1.0
    points: Any = "between"  # a Place; `Any`, so that a subclass may offer fewer of them
    radius: Any = None  # a float or None, likewise
    norm: InputNorm = 2.0
    shape: Shape = "two_sided"
    allow_batch_coupling: bool = False
    memory_budget: float | None = None
    violators_only: bool = False

    def __post_init__(self) -> None:
        """Refuse options that contradict each other, and note whether the place depends on the batch as a whole."""
        if self.allow_batch_coupling and (self.memory_budget is not None or self.violators_only):
            options = "memory_budget and violators_only" if self.violators_only else "memory_budget"
            raise FieldError(
                f"allow_batch_coupling needs the batch as a whole, so it cannot be computed in parts: drop {options}."
            )
        if self.points in WHOLE_BATCH:
            object.__setattr__(self, "per_sample", False)

    def shaped(self, slopes: Tensor) -> Tensor:
        """Return what gradient norms cost, shape (B,) to (B,), without the coefficient."""
        return SHAPES[self.shape](slopes, self.target)

    def slopes(self, critic: Critic, batch: Batch) -> Tensor:
        """Return the gradient norms it looks at, shape (B,)."""
        return slopes_at(
            critic,
            batch,
            self.points,
            radius=self.radius,
            norm=float(self.norm),
            allow_batch_coupling=self.allow_batch_coupling,
            memory_budget=self.memory_budget,
            only_above=self.target if self.violators_only else None,
        )

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Refuse critics that couple samples, or whose slopes cannot be differentiated."""
        require_trainable_slopes(critic, example, allow_batch_coupling=self.allow_batch_coupling)
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return one term per sample, shape (B,)."""
        return self.coefficient * self.shaped(self.slopes(critic, batch))
