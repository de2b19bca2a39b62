"""Figure 2 of WGAN: a discriminator saturates between two Gaussians, a critic does not (arXiv 1701.07875)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import Profile, read_profile
from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, runs_of, shown
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

DISCRIMINATOR, CLIPPING = "discriminator", "weight_clipping"
TWO, ONE = "two_sided_gradient_penalty", "one_sided_gradient_penalty"
CRITICS = (CLIPPING, TWO, ONE)
REAL, FAKE = -5.0, 5.0
"""Means of the data and of the generated samples; both have standard deviation 1."""


@dataclass(frozen=True)
class Curve:
    """A function on the line with its slope.

    Attributes:
        x: ascending, shape (n,).
        values: shape (n,).
        slopes: shape (n,).
    """

    x: NDArray[np.float64]
    values: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def between(self, low: float, high: float) -> Curve:
        """Return the part over an interval."""
        inside = (self.x >= low) & (self.x <= high)
        return Curve(self.x[inside], self.values[inside], self.slopes[inside])

    def at(self, place: float) -> float:
        """Return the value at a place."""
        return float(np.interp(place, self.x, self.values))


def claims(study: Study) -> Iterator[Claim]:
    """Check where the discriminator and the critics are flat."""
    yield step(study)
    yield saturation(study)
    yield from (slopes(study, name) for name in CRITICS)
    yield from (line(study, name) for name in CRITICS)


def critic_curves(study: Study, variant: str) -> list[Curve]:
    """Return the scores of each finished run of a variant that left them."""
    return [
        Curve(x, values, np.gradient(values, x))
        for x, values in ((p.x.astype(float), p.values.astype(float)) for p in _profiles(study, variant))
    ]


def discriminator_curves(study: Study) -> list[Curve]:
    """Return D(x), the sigmoid of the scores; its slope by formula, as differences of values near 1 cancel."""
    return [
        Curve(
            logits.x,
            _sigmoid(logits.values),
            _sigmoid(logits.values) * _sigmoid(-logits.values) * logits.slopes,
        )
        for logits in critic_curves(study, DISCRIMINATOR)
    ]


def generator_gradient(logits: Curve) -> Curve:
    """Return log(1 - D), what a generator descends in the minimax game, with its slope."""
    return Curve(logits.x, -np.logaddexp(0.0, logits.values), -_sigmoid(logits.values) * logits.slopes)


def step(study: Study) -> Claim:
    """Check that the discriminator is 1 on the data, 0 on the generated samples, and falls between them."""
    curves = discriminator_curves(study)
    widths = [_width(curve) for curve in curves]
    sure = [min(curve.at(REAL), 1 - curve.at(FAKE)) for curve in curves]
    claim = Claim(
        "discriminator_is_a_step",
        "The discriminator is 1 at the mean of the data, 0 at that of the generated samples, and falls from 0.9 to 0.1 "
        "within a tenth of the way.",
        paper="a step, by the figure",
        measured=f"within {shown(widths)}; as sure as {shown(sure)} at the means" if curves else None,
        holds=all_hold([every(widths, lambda width: width <= 1), every(sure, lambda share: share >= 0.99)]),
    )
    return resting_on(study, claim, [DISCRIMINATOR])


def saturation(study: Study) -> Claim:
    """Check that the minimax generator gets no gradient where its samples are."""
    found = [
        float(np.abs(generator_gradient(logits).between(FAKE - 1, FAKE + 1).slopes).max())
        for logits in critic_curves(study, DISCRIMINATOR)
    ]
    claim = Claim(
        "discriminator_saturates",
        "Where the generated samples are, the slope of log(1 - D) vanishes: nothing tells the generator where to go.",
        paper="vanishing gradients",
        measured=f"at most {shown(found)} within a standard deviation" if found else None,
        holds=every(found, lambda slope: slope <= 1e-3),
        note="In the minimax game, as in the figure; with the other usual loss, -log D, the slope is that of the "
        "logits.",
    )
    return resting_on(study, claim, [DISCRIMINATOR])


def slopes(study: Study, variant: str) -> Claim:
    """Check that a critic falls all the way, from the data to the generated samples."""
    least = 0.1 if variant == CLIPPING else 0.5
    found = [_steadiness(curve.between(REAL - 1, FAKE + 1)) for curve in critic_curves(study, variant)]
    claim = Claim(
        f"slope_everywhere_under_{variant}",
        f"The critic under {variant} falls everywhere from the data to the generated samples, nowhere less than "
        f"{least} times as steep as where it is steepest.",
        paper="a slope that does not vanish, by the figure",
        measured=f"{shown(found)} times" if found else None,
        holds=every(found, lambda share: share >= least),
        note="The figure shows kinks too: around 0, where there are no samples, the clipped critic is steeper."
        if variant == CLIPPING
        else None,
    )
    return resting_on(study, claim, [variant])


def line(study: Study, variant: str) -> Claim:
    """Check how close to a straight line a critic is between the means."""
    least = 0.9 if variant == CLIPPING else 0.99
    parts = [curve.between(REAL, FAKE) for curve in critic_curves(study, variant)]
    found = [_straightness(part) for part in parts]
    mean = [abs(float(part.slopes.mean())) for part in parts]
    claim = Claim(
        f"linear_under_{variant}",
        f"Between the means the critic under {variant} is close to a straight line: R squared above {least}.",
        paper="approximately linear",
        measured=f"R squared {shown(found)}; slope {shown(mean)}" if found else None,
        holds=every(found, lambda share: share >= least),
        note=None
        if variant == CLIPPING
        else "With coefficient 10 the best slope between two points at distance 10 is 1.5, not 1: 1 + 10 / (2 * 10).",
    )
    return resting_on(study, claim, [variant])


def _profiles(study: Study, variant: str) -> list[Profile]:
    found = (read_profile(study.run_folder(run)) for run in runs_of(study, variant))
    return [profile for profile in found if profile is not None]


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-np.logaddexp(0.0, -values))


def _width(curve: Curve) -> float:
    """Return how far it is from the last place with 0.9 to the first one with 0.1; infinite if there is none."""
    part = curve.between(REAL, FAKE)
    high = part.x[part.values >= 0.9]
    low = part.x[part.values <= 0.1]
    return float(low.min() - high.max()) if len(high) and len(low) else math.inf


def _steadiness(curve: Curve) -> float:
    """Return the smallest slope over the largest, both downwards; negative for a curve that rises somewhere."""
    falling = -curve.slopes
    return float(falling.min() / np.abs(falling).max()) if np.abs(falling).max() > 0 else 0.0


def _straightness(curve: Curve) -> float:
    """Return the share of the variance that a straight line explains."""
    spread = float(curve.values.var())
    return float(np.corrcoef(curve.x, curve.values)[0, 1] ** 2) if spread > 0 else 0.0
