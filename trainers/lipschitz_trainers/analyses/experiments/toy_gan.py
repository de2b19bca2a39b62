"""The toy GANs of the WGAN-GP authors: what the coefficient does to slopes, and which modes are reached."""

from __future__ import annotations

from collections.abc import Iterator

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    open_if_short,
    paired,
    shown,
    steps_told,
    values_of,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

SETS = ("eight_gaussians", "twenty_five_gaussians", "swiss_roll")
MODES = {"eight_gaussians": 8, "twenty_five_gaussians": 25}
SIDES = {"one_sided": "one_sided_gradient_penalty", "two_sided": "two_sided_gradient_penalty"}
"""Names of the variants with coefficient 0.1, without their ending, and with 10."""


def claims(study: Study) -> Iterator[Claim]:
    """Check the slopes under both coefficients, and the modes under the authors' own."""
    for small, large in SIDES.items():
        yield coefficients(study, f"{small}_0.1", large)
    for dataset, modes in MODES.items():
        yield covered(study, dataset, modes)


def coefficients(study: Study, small: str, large: str) -> Claim:
    """Check that slopes are steeper under the small coefficient, pair by pair."""
    variants = [(f"{name}-{small}", f"{name}-{large}") for name in SETS]
    pairs = [pair for both in variants for pair in paired(study, *both)]
    low, high = (
        ([run.metric("slope_line_mean") for run in runs] for runs in zip(*pairs, strict=True))
        if pairs
        else ([], [])
    )
    behind = [name for both in variants for name in both]
    steeper = all_hold([small > large for small, large in zip(low, high, strict=True)])
    return Claim(
        f"slopes_under_{large}",
        f"Under {large}, critics are steeper with coefficient 0.1 than with 10, on every set.",
        paper="3.5 and 1.025 at distance 0.5 (derived: 1 + d / (2 coefficient))",
        measured=f"{shown(low)} and {shown(high)}",
        holds=open_if_short(study, steeper, behind),
        note=f"The values in the paper's column are of optimal critics. {steps_told(study, behind)}",
    )


def covered(study: Study, dataset: str, modes: int) -> Claim:
    """Check the modes that the authors' setting reaches: two-sided, coefficient 0.1."""
    variant = f"{dataset}-two_sided_0.1"
    found = values_of(study, variant, "mode_coverage")
    shares = values_of(study, variant, "high_quality_share")
    reached = every(found, lambda count: count == modes)
    return Claim(
        f"modes_of_{dataset}",
        f"The two-sided penalty with the authors' coefficient 0.1 covers all {modes} modes.",
        measured=f"{shown(found)} modes, {shown([100 * share for share in shares])} % of samples in them",
        holds=open_if_short(study, reached, [variant]),
        note="Not in the paper, which counts no modes; the authors' script trains 100,000 iterations."
        + ("" if reached else f" {steps_told(study, [variant])}"),
    )
