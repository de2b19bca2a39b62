"""The toy GANs of the WGAN-GP authors: what the coefficient does to slopes, and how near generators come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    shown,
    steps_told,
    values_of,
    weighed,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

SETS = ("eight_gaussians", "twenty_five_gaussians", "swiss_roll")
MODES = {"eight_gaussians": 8, "twenty_five_gaussians": 25}
SIDES = {"one_sided": "one_sided_gradient_penalty", "two_sided": "two_sided_gradient_penalty"}
"""Names of the variants with coefficient 0.1, without their ending, and with 10."""

CLIPPING, TWO, ONE = "weight_clipping", SIDES["two_sided"], SIDES["one_sided"]
AUTHORS = "two_sided_0.1"
"""The authors' own setting for the toys."""

QUALITY = 0.9
"""Share of samples within 3 standard deviations of a mode, of which real ones have 0.989."""

NEAR = 1.5
"""How many times as far from the data as other real samples are a generator may end."""


def claims(study: Study) -> Iterator[Claim]:
    """Check the slopes under both coefficients; modes, quality and distance under the authors' own."""
    for small, large in SIDES.items():
        yield coefficients(study, f"{small}_0.1", large)
    for dataset, modes in MODES.items():
        yield covered(study, dataset, modes)
    yield quality(study)
    yield near(study)
    yield nearer_than_clipping(study)


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
    steeper = every([small - large for small, large in zip(low, high, strict=True)], lambda more: more > 0)
    claim = Claim(
        f"slopes_under_{large}",
        f"Under {large}, critics are steeper with coefficient 0.1 than with 10, on every set.",
        paper="3.5 and 1.025 at distance 0.5 (derived: 1 + d / (2 coefficient))",
        measured=f"{shown(low)} and {shown(high)}",
        **weighed(study, steeper, behind),
        note=f"The values in the paper's column are of optimal critics. {steps_told(study, behind)}",
    )
    return resting_on(study, claim, behind)


def covered(study: Study, dataset: str, modes: int) -> Claim:
    """Check the modes that the authors' setting reaches: two-sided, coefficient 0.1."""
    variant = f"{dataset}-{AUTHORS}"
    found = values_of(study, variant, "mode_coverage")
    shares = values_of(study, variant, "high_quality_share")
    reached = every(found, lambda count: count == modes)
    claim = Claim(
        f"modes_of_{dataset}",
        f"The two-sided penalty with the authors' coefficient 0.1 covers all {modes} modes.",
        measured=f"{shown(found)} modes, {shown([100 * share for share in shares])} % of samples in them",
        **weighed(study, reached, [variant]),
        note="Not in the paper, which counts no modes; the authors' script trains 100,000 iterations."
        + ("" if reached else f" {steps_told(study, [variant])}"),
    )
    return resting_on(study, claim, [variant], trained=[variant])


def quality(study: Study) -> Claim:
    """Check the share of samples of high quality under the authors' setting."""
    found = {name: values_of(study, f"{name}-{AUTHORS}", "high_quality_share") for name in MODES}
    return _ours(
        study,
        "high_quality_share",
        f"Under the authors' setting, at least {QUALITY:.0%} of the samples lie within 3 standard deviations of a "
        "mode.",
        ", ".join(
            f"{name} {shown([100 * share for share in shares])} %" for name, shares in found.items() if shares
        ),
        all_hold(every(shares, lambda share: share >= QUALITY) for shares in found.values()),
        MODES,
        "Of real samples it is 98.9 %.",
    )


def near(study: Study) -> Claim:
    """Check how far from the data generators end under the authors' setting."""
    found = {
        name: [values_of(study, f"{name}-{AUTHORS}", key) for key in ("w1", "w1_floor")] for name in SETS
    }
    return _ours(
        study,
        "w1_to_the_data",
        f"Under the authors' setting, generators end at most {NEAR} times as far from the data in W1 as other real "
        "samples are, on every set.",
        ", ".join(
            f"{name} {shown(w1)} (real samples {shown(floor)})" for name, (w1, floor) in found.items() if w1
        ),
        all_hold(
            every([a / b for a, b in zip(w1, floor, strict=True)], lambda ratio: ratio <= NEAR)
            for w1, floor in found.values()
        ),
        SETS,
        "W1 is exact, between as many generated and real samples.",
    )


def _ours(
    study: Study,
    id_: str,
    statement: str,
    measured: str,
    verdict: bool | None,
    sets: Iterable[str],
    note: str,
) -> Claim:
    """Return a claim about the authors' setting that short runs leave open."""
    variants = [f"{name}-{AUTHORS}" for name in sets]
    told = "" if verdict else _also(study, variants)
    claim = Claim(
        id_,
        statement,
        measured=measured or None,
        **weighed(study, verdict, variants),
        note=f"{note} Not in the paper, which judges toys by their surfaces.{told}",
    )
    return resting_on(study, claim, variants, trained=variants)


def nearer_than_clipping(study: Study) -> Claim:
    """Check that generators come nearer to the data under the penalty than under clipping, seed by seed."""
    told, verdicts, behind, penalized = [], [], [], []
    for coefficient, penalty in (("10", TWO), ("0.1", AUTHORS)):
        for name in SETS:
            variants = (f"{name}-{penalty}", f"{name}-{CLIPPING}")
            pairs = [(a.metric("w1"), b.metric("w1")) for a, b in paired(study, *variants)]
            verdicts.append(every([a - b for a, b in pairs], lambda difference: difference < 0))
            behind += variants
            penalized.append(variants[0])
            if pairs:
                ours, clipped = ([pair[i] for pair in pairs] for i in (0, 1))
                told.append(f"{name}, {coefficient}: {shown(ours)} ({shown(clipped)})")
    verdict = all_hold(verdicts)
    claim = Claim(
        "nearer_than_under_clipping",
        "Generators end nearer to the data in W1 under the two-sided penalty than under weight clipping, with both "
        "coefficients and on every set.",
        measured="; ".join(told) or None,
        **weighed(study, verdict, behind),
        note="In brackets under clipping. The paper compares their critics only."
        + ("" if verdict else _also(study, behind)),
    )
    return resting_on(study, claim, behind, trained=penalized)


def _also(study: Study, variants: Iterable[str]) -> str:
    told = steps_told(study, variants)
    return f" {told}" if told else ""
