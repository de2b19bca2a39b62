"""Over what a penalty takes its norm, and in which order it averages and squares.

On critics with uneven gradients every such choice gives another value. Growth being known from even gradients,
each candidate predicts these values without any free number; the first that predicts them all is the answer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.growth import Growth
from lipschitz.testing.identify.probing_critics import Record, is_among, nearest
from lipschitz.testing.identify.samples import numbered, uneven

Average = Literal["penalties", "excesses", "norms", "norms_of_a_sample"]
"""What is averaged: penalties, as it should be; excesses, squared afterwards; norms, before the excess."""

TOLERANCE = 3e-3
"""Relative error up to which a prediction counts as right; wrong candidates miss by far more."""

ROUNDS = 4
"""Critics compared."""


@dataclass(frozen=True)
class Reduction:
    """A norm over some axes, and what is averaged.

    Attributes:
        axes: over which the norm runs; the batch is axis 0. Empty: absolute values.
        order: of the norm: 2, 1 or inf.
        average: what is averaged over the norms.
    """

    axes: tuple[int, ...]
    order: float = 2.0
    average: Average = "penalties"

    def mean_norms(self, gradients: Tensor) -> Tensor:
        """Return the norms of gradients of shape (B, ...), each divided by that of as many ones."""
        if not self.axes:
            return gradients.abs()
        sizes = gradients.abs()
        if self.order == math.inf:
            return sizes.amax(self.axes)
        return sizes.pow(self.order).mean(self.axes).pow(1 / self.order)

    def entries(self, full: tuple[int, ...]) -> int:
        """Return how many numbers enter one norm, for gradients of this shape."""
        return math.prod(full[axis] for axis in self.axes)

    def norm_of_ones(self, full: tuple[int, ...]) -> float:
        """Return the norm of as many ones."""
        return self.entries(full) ** (1 / self.order)

    def predict(self, growth: Growth, gradients: Tensor) -> float:
        """Return the penalty of gradients of shape (B, ...)."""
        norms = self.mean_norms(gradients)
        if self.average == "norms":
            norms = norms.mean()
        elif self.average == "norms_of_a_sample":
            norms = norms.flatten(1).mean(1)
        excess = growth.excess(norms)
        return float(growth.cost(excess.mean() if self.average == "excesses" else excess).mean())


def per_sample(axes: int) -> tuple[int, ...]:
    """Return the axes of a right norm: all but that of the batch.

    Example:
        >>> per_sample(4)
        (1, 2, 3)
    """
    return tuple(range(1, axes))


def candidates(axes: int) -> Iterator[Reduction]:
    """Yield what a penalty may do with gradients that have so many axes, the right ways first."""
    right = per_sample(axes)
    for order in (2.0, 1.0, math.inf):
        yield Reduction(right, order)
    every = [part for n in range(axes, -1, -1) for part in itertools.combinations(range(axes), n)]
    wrong = [part for part in every if part != right]
    for part in wrong:
        yield Reduction(part)
    for average in ("excesses", "norms"):
        for part in (right, *wrong):
            yield Reduction(part, average=average)
    for part in wrong:
        if 0 not in part:
            yield Reduction(part, average="norms_of_a_sample")


def reduction(penalty: Penalty, growth: Growth, groups: frozenset[str]) -> Reduction | None:
    """Find the reduction that explains the penalties of critics with uneven gradients.

    Args:
        penalty: the penalty.
        growth: its growth.
        groups: where it looks, see `lipschitz.testing.identify.places`.
    """
    observed = [_observe(penalty, growth, groups, seed) for seed in range(ROUNDS)]
    for candidate in candidates(len(penalty.form.full)):
        errors = [abs(candidate.predict(growth, gradients) - value) for gradients, value in observed]
        scale = max(abs(value) for _, value in observed)
        if scale > 0 and all(error <= TOLERANCE * scale for error in errors):
            return candidate
    return None


def _observe(penalty: Penalty, growth: Growth, groups: frozenset[str], seed: int) -> tuple[Tensor, float]:
    """Return the gradients that a penalty met, shape (B, ...), and its value."""
    form = penalty.form
    samples, numbers = numbered(form)
    unit = growth.root or 1.0
    slopes = unit * uneven(form, seed)
    record = Record()
    regions = nearest(numbers)
    critic = penalty.critic(slopes, regions, record=record)
    value = float(penalty(critic, samples).detach())
    met = record.rows()
    if met is not None:
        # Pairs may be shuffled and batches cut: what counts is whose slopes were met.
        if "real" not in groups:
            met = met[~is_among(met, samples.real)]
        if "fake" not in groups:
            met = met[~is_among(met, samples.fake)]
        slopes = slopes[regions(met)] if len(met) else slopes
    return slopes.double().reshape(-1, *form.shape), value
