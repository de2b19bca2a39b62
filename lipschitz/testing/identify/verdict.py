"""`Verdict`: what a penalty is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["two_sided", "one_sided", "zero_centered", "unknown"]
"""What a penalty pulls gradient norms to: a target, below a target, zero."""

ADVICE: dict[str, str] = {
    "unrecognized": "What it teaches the critic is not known. Compare it with lipschitz.two_sided or one_sided of "
    "lipschitz.gradient_norms.",
    "wrong_axis": "Norms of parts of a gradient are each pulled to the target, so the slope of a whole sample is "
    "free up to the root of their number times it. Flatten each sample before the norm: "
    "gradients.flatten(1).norm(dim=1).",
    "whole_batch_norm": "All samples share one norm, so each alone is pulled to target / sqrt(B), and the critic "
    "underestimates the distance as much. Take one norm per sample: gradients.flatten(1).norm(dim=1).",
    "mean_not_sum": "The norm is too small by that factor, so the critic gets too steep by it. Differentiate the sum "
    "of the scores (grad_outputs of ones), and take the root of a sum of squares.",
    "square_of_mean": "Steep and flat samples cancel before the square, or share it, so single samples may be far "
    "too steep at hardly any cost. Square first, then average: ((norms - 1) ** 2).mean().",
    "not_squared": "Small violations pull as hard as large ones, and without an absolute value a flatter critic is "
    "always cheaper. Square the excess, as published: ((norms - 1) ** 2).mean().",
    "norm_not_excess": "Slopes are pulled to 0, not to the target. Subtract it first: ((norms - 1) ** 2).mean(). If a "
    "zero-centered penalty (the squared norm) is meant, say so: identify_penalty(fn, kind='zero_centered').",
    "not_the_kind_meant": "Two-sided is (norms - 1) ** 2, one-sided (norms - 1).clamp(min=0) ** 2, zero-centered "
    "norms ** 2.",
    "nan_at_zero": "A bare square root has no derivative at 0: one sample with zero gradient turns all weights into "
    "NaN, even where a one-sided penalty costs nothing. Use Tensor.norm or torch.linalg.vector_norm.",
    "biased_epsilon": "A constant inside the norm makes gradients look larger than they are. Use "
    "torch.linalg.vector_norm, which needs none, or at most 1e-12 under the root.",
    "detached": "The number shows in the loss and the critic does not learn from it as it should. Pass "
    "create_graph=True to autograd.grad and keep detach(), item() and no_grad() away from the norm.",
    "leaks_to_generator": "A step on the penalty changes the generator's gradients, unless every caller detaches the "
    "fake samples. Detach them inside: epsilon * real + (1 - epsilon) * fake.detach().",
    "points_not_between": "Slopes are constrained in other places than intended. Between real and fake samples means "
    "epsilon * real + (1 - epsilon) * fake; what else may be meant is the argument points of identify_penalty.",
    "one_epsilon_per_batch": "All points of a step lie equally far along their lines, so the penalty is far noisier. "
    "Draw one epsilon per sample: torch.rand(B, 1, 1, 1) for images.",
    "epsilon_per_element": "Points fill the boxes around the lines and hardly ever lie on one, so other slopes are "
    "constrained. Draw one epsilon per sample: torch.rand(B, 1, 1, 1) for images.",
    "epsilon_outside_unit_interval": "Slopes are constrained beyond the samples, where neither distribution is. "
    "Draw epsilon with torch.rand, uniformly from [0, 1).",
}
"""For every fault code consequence and cure, in the order in which faults are reported."""


@dataclass(frozen=True)
class Verdict:
    """What `identify_penalty` found.

    Attributes:
        kind: ``two_sided``, ``one_sided``, ``zero_centered`` or ``unknown``.
        correct: whether there is no fault.
        faults: codes, keys of `ADVICE`.
        explanation: what was seen, by which numbers, with which consequence, and what to do.
        notes: what is worth knowing and no fault.
        coefficient: lambda, where it could be told.
        target: the norm aimed at, where it could be told.

    Example:
        >>> print(Verdict("two_sided", True, (), "The two-sided penalty, as published."))
        two_sided, correct
        The two-sided penalty, as published.
    """

    kind: Kind
    correct: bool
    faults: tuple[str, ...]
    explanation: str
    notes: tuple[str, ...] = ()
    coefficient: float | None = None
    target: float | None = None

    def __str__(self) -> str:
        """Return the verdict in a few lines."""
        head = f"{self.kind}, correct" if self.correct else f"{self.kind}, with {', '.join(self.faults)}"
        return "\n".join([head, self.explanation, *(f"note: {note}" for note in self.notes)])
