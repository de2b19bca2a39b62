"""Every gradient penalty: where times what times how much, each chosen by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt

from lipschitz import FieldError, hookimpl
from lipschitz.penalties import Shape
from lipschitz.sampling import WITH_RADIUS
from lipschitz.slope_penalty import InputNorm, SlopePenalty
from lipschitz.slopes import Place


@dataclass(frozen=True, kw_only=True)
class GradientPenalty(SlopePenalty):
    """A gradient penalty put together by name: where it looks, in which norm it measures, what slopes cost.

        coefficient * shape(|grad D(point)|_q, target),   1 / norm + 1 / q = 1

    The published penalties are presets of it, under their own names.

    Attributes:
        coefficient: factor of the whole.
        target: the gradient norm aimed at, or the largest that costs nothing; without meaning for zero_centered.
        points: where it looks, one point a sample: ``between`` real and fake samples, at the ``real`` or ``fake``
            ones or at ``both`` (one of the two by the toss of a coin), ``around_real`` as DRAGAN's code, in Gaussian
            ``noise`` around the real ones, between samples ``coupled`` by optimal transport within the batch (of each
            process), or at ``adversarial`` points, where the score changes most.
        radius: how far from the samples: of around_real in standard deviations of the batch (0.5 by default), of noise
            and adversarial in units of the data (1 by default); elsewhere without meaning.
        norm: of the space of samples, from 1 to inf; the gradient is measured in its dual.
        shape: ``two_sided`` (n - t)^2, ``one_sided`` max(0, n - t)^2, ``zero_centered`` n^2, ``squared_norm``
            (n^2 - t^2)^2, ``logarithmic`` log(1 + max(0, n - t)^2).
        allow_batch_coupling: train critics with batch normalization all the same, with a warning.
        memory_budget: MiB that the penalty's graph may take; above that, it is computed in parts, each of them twice.

    References:
        Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville: Improved Training of Wasserstein GANs, 2017,
        arXiv 1704.00028; `lipschitz.penalties` and `lipschitz.sampling` name the sources of the parts.
    """

    name = "gradient_penalty"
    published_optimizer = {"name": "adam", "lr": 1e-4, "betas": (0.0, 0.9)}

    coefficient: Annotated[float, Gt(0)] = 10.0
    target: Annotated[float, Ge(0)] = 1.0
    points: Place = "between"
    radius: Annotated[float, Gt(0)] | None = None
    norm: InputNorm = 2.0
    shape: Shape = "two_sided"
    allow_batch_coupling: bool = False
    memory_budget: Annotated[float, Gt(0)] | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that the chosen place or shape would ignore."""
        super().__post_init__()
        with_radius = sorted({*WITH_RADIUS, "adversarial"})
        if self.radius is not None and self.points not in with_radius:
            raise FieldError(
                f"points={self.points!r} has no radius to choose, got radius={self.radius!r}; drop it, or look at one "
                f"of {', '.join(with_radius)}."
            )
        if self.shape == "zero_centered" and self.target != 1.0:
            raise FieldError(
                f"shape='zero_centered' aims at slope 0 and has no target, got target={self.target!r}; drop it, or "
                f"use two_sided."
            )


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(GradientPenalty)
