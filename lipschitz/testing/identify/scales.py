"""In what unit a penalty measures gradients: compared over batch sizes and sample sizes, its target must not move."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.growth import Growth, Line, line
from lipschitz.testing.identify.reductions import Reduction

TOLERANCE = 0.02
"""Relative deviation up to which a ratio counts as the one expected."""


@dataclass(frozen=True)
class Scales:
    """What a penalty takes for the unit of its norm and of its value.

    Attributes:
        target: the norm aimed at, in the penalty's own unit.
        coefficient: factor before the mean over the samples.
        divided_by_batch: whether the gradient is that of a mean over the batch.
        divided_by_root_of_size: whether a mean over the numbers of a sample replaces the sum inside the norm.
        summed: whether the penalties of the samples are added, not averaged.
        unsteady: how the target changes when the batch or the samples grow, where none of these explains it.
    """

    target: float
    coefficient: float
    divided_by_batch: bool = False
    divided_by_root_of_size: bool = False
    summed: bool = False
    unsteady: str = ""


def scales(penalty: Penalty, here: Growth, reduction: Reduction) -> Scales:
    """Compare the growth of a penalty here with that on larger batches and on larger samples."""
    form = penalty.form
    batches, samples = penalty.with_twice_the_samples(), penalty.with_larger_samples()
    divided, rooted, summed, unsteady = False, False, False, ""
    unit, height = _unit(penalty, here, reduction), _height(penalty, here, reduction)
    if batches is not None and (there := line(batches)) is not None:
        grown = _unit(batches, there, reduction) / unit
        taller = _height(batches, there, reduction) / height
        if here.root:
            divided, summed = _near(grown, 2), _near(taller, 2)
            whole = math.sqrt(reduction.entries(batches.form.full) / reduction.entries(form.full))
            if not divided and not _near(grown, 1) and not _near(grown, whole):
                unsteady = f"twice as many samples multiply the target by {grown:.3g}"
        else:
            # Without a root only the product of both is seen: 1, 2 (a sum), or divided by 2 ** power.
            divided = _near(taller, 0.5**here.power) or _near(taller, 2 * 0.5**here.power)
            divided = divided and not _near(taller, 1)
            summed = _near(taller, 2) or (divided and _near(taller, 2 * 0.5**here.power))
    elif here.root:
        divided = form.size > 1 and _near(unit, form.size)
    if samples is not None and (there := line(samples)) is not None and here.root:
        grown = _unit(samples, there, reduction) / unit
        expected = math.sqrt(reduction.entries(samples.form.full) / reduction.entries(form.full))
        rooted = expected > 1 and _near(grown, expected)
        if not rooted and not _near(grown, 1):
            more = samples.form.features / form.features
            unsteady = f"{more:.3g} times as many numbers in a sample multiply the target by {grown:.3g}"
    elif samples is None and here.root:
        rooted = reduction.entries(form.full) > 1 and _near(unit, math.sqrt(reduction.entries(form.full)))
    unit = unit / (form.size if divided else 1) / (math.sqrt(reduction.entries(form.full)) if rooted else 1)
    coefficient = height * (form.size**here.power if divided and not here.root else 1)
    if here.root:
        coefficient = height / unit**here.power
    return Scales(unit, coefficient / (form.size if summed else 1), divided, rooted, summed, unsteady)


def _unit(penalty: Penalty, here: Growth | Line, reduction: Reduction) -> float:
    """Return the norm at the root, as the plain gradient of the summed scores would have it."""
    return (here.root or 1.0) * reduction.norm_of_ones(penalty.form.full)


def _height(penalty: Penalty, here: Growth | Line, reduction: Reduction) -> float:
    """Return the penalty of an excess as large as the root, or of a norm of 1 where there is no root."""
    if here.root:
        return (here.steepness * here.root) ** here.power
    return (here.steepness / reduction.norm_of_ones(penalty.form.full)) ** here.power


def _near(value: float, expected: float) -> bool:
    return abs(value / expected - 1) <= TOLERANCE
