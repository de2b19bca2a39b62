"""The gradient penalty of WGAN-GP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from lipschitz import hookimpl
from lipschitz.sampling import Points
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class TwoSidedGradientPenalty(SlopePenalty):
    """Gradient norms are pulled to the target from both sides.

        coefficient * (|grad D(point)| - target)^2,   point = e * real + (1 - e) * fake,   e ~ U[0, 1]

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the gradient norm aimed at, t.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville: Improved Training of Wasserstein GANs, 2017,
        arXiv 1704.00028, section 4, algorithm 1.
    """

    name = "two_sided_gradient_penalty"
    shape = "two_sided"
    published_optimizer = {"name": "adam", "lr": 1e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(TwoSidedGradientPenalty)
