"""The gradient penalty of Banach Wasserstein GANs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt
from torch import Tensor

from lipschitz import hookimpl, two_sided
from lipschitz.sampling import Points
from lipschitz.slope_penalty import InputNorm, SlopePenalty


@dataclass(frozen=True, kw_only=True)
class BanachGradientPenalty(SlopePenalty):
    """The two-sided penalty for samples measured in another norm: gradients are measured in the dual one.

        coefficient * (|grad D(point)|_q / target - 1)^2,   1 / norm + 1 / q = 1,   point = e * real + (1 - e) * fake

    The critic then estimates the Wasserstein distance for costs |x - y|_p, times the target. Sobolev norms, which the
    paper studies too, are not here. The authors' rule of thumb: the coefficient is the mean norm of the real samples,
    the target their mean dual norm.

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the dual norm aimed at (gamma in the paper).
        norm: p, of the space of samples, from 1 to inf; 10 did best among those of the paper.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Adler, Lunz: Banach Wasserstein GAN, 2018, arXiv 1806.06621, sections 3 and 4. The optimizer is that of the
        authors' code, which lets its rate fall to zero.
    """

    name = "banach_gradient_penalty"
    published_optimizer = {"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Gt(0)] = 1.0
    norm: InputNorm = 10.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def shaped(self, slopes: Tensor) -> Tensor:
        """Return the squared relative distance from the target."""
        return two_sided(slopes / self.target)


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(BanachGradientPenalty)
