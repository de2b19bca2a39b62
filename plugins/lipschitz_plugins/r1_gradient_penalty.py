"""R1: the zero-centred gradient penalty at the real samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import hookimpl
from lipschitz.penalties import zero_centered
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class R1GradientPenalty(SlopePenalty):
    """Gradients at the real samples are pulled to zero (R1).

        coefficient / 2 * |grad D(real)|^2

    Where the generator has become the data, gradients there are all that moves it: with this penalty training
    converges locally, with WGAN-GP and finitely many critic steps it need not (section 3 of the paper).

    Attributes:
        coefficient: gamma in the paper; the authors' code multiplies by it without the half.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Mescheder, Geiger, Nowozin: Which Training Methods for GANs do actually Converge?, 2018, arXiv 1801.04406,
        section 4.1.
    """

    name = "r1_gradient_penalty"
    points = "real"
    published_optimizer = {"name": "rmsprop", "lr": 1e-4}

    coefficient: Annotated[float, Gt(0)] = 10.0
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def shaped(self, slopes: Tensor) -> Tensor:
        """Return half the squared norms."""
        return zero_centered(slopes) / 2


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(R1GradientPenalty)
