"""The gradient penalty of WGAN-LP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from lipschitz import hookimpl
from lipschitz.sampling import Points
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class OneSidedGradientPenalty(SlopePenalty):
    """Gradient norms above the target cost, smaller ones do not: what a Lipschitz bound asks for.

        coefficient * max(0, |grad D(point)| - target)^2,   point = e * real + (1 - e) * fake,   e ~ U[0, 1]

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the largest gradient norm that costs nothing, t.
        points: where it looks: ``between`` real and fake samples as published, at the ``real`` or ``fake``
            ones, or ``around_real``, at distances that follow the standard deviation of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.
        violators_only: take the second derivative of the samples above the target only: the others add nothing to it.
            Pays where fewer than about half are; not in compiled steps. With dropout, each stage has masks of its own.

    References:
        Petzka, Fischer, Lukovnikov: On the regularization of Wasserstein GANs, 2018, arXiv 1709.08894, section 5.
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, appendix C.
    """

    name = "one_sided_gradient_penalty"
    shape = "one_sided"
    published_optimizer = {"name": "adam", "lr": 1e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    points: Points = "between"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None
    violators_only: bool = False


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(OneSidedGradientPenalty)
