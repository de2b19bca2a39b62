"""The gradient penalty of DRAGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from lipschitz import hookimpl
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class DraganGradientPenalty(SlopePenalty):
    """Gradient norms around the real samples are pulled to the target from both sides.

        coefficient * (|grad D(point)| - target)^2,   point = real + e * radius * std * u,   e and u_i ~ U[0, 1]

    The published code draws one e for each sample and one u_i for each of its coordinates, so points lie above the
    samples in every coordinate; std is that of the whole batch, over all processes. The paper's text adds Gaussian
    noise instead: `gradient_penalty` with ``points: noise``.

    Attributes:
        coefficient: the penalty coefficient (lambda in the paper).
        target: the gradient norm aimed at (k in the paper).
        radius: how far points reach from the samples, in standard deviations of the batch.
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Kodali, Abernethy, Hays, Kira: On Convergence and Stability of GANs, 2017, arXiv 1705.07215, algorithm 1.
    """

    name = "dragan_gradient_penalty"
    per_sample = False
    points = "around_real"
    shape = "two_sided"
    published_optimizer = {"name": "adam", "lr": 1e-4, "betas": (0.5, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    radius: Annotated[float, Gt(0)] = 0.5
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(DraganGradientPenalty)
