"""Figure 1a of WGAN-GP: what value surface each constraint leaves at the optimum (arXiv 1704.00028, section 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from lipschitz_trainers.analyses.artifacts import read_surface
from lipschitz_trainers.analyses.evidence import (
    Weighed,
    all_hold,
    every,
    resting_on,
    runs_of,
    shown,
    steps_told,
    values_of,
    weighed,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.surface_maxima import Maximum, maxima
from lipschitz_trainers.analyses.wording import listed

SETS = ("eight_gaussians", "twenty_five_gaussians", "swiss_roll")
CLIPPING, SPECTRAL = "weight_clipping", "spectral_norm"
TWO, ONE = "two_sided_gradient_penalty", "one_sided_gradient_penalty"
LIGHT = "two_sided_coefficient_1"
"""The two-sided penalty with a tenth of the paper's coefficient."""

ALL = (CLIPPING, TWO, LIGHT, ONE, SPECTRAL)

NEAR = math.sqrt(0.5)
"""Half way from the mean of the eight Gaussians, the origin, to their modes."""

READ_OFF = (CLIPPING, TWO)
"""The critics that the paper's figure has."""

DERIVED = "derived, no number in the paper"
NOISE = math.sqrt(math.pi / 2)
"""Mean length of standard normal noise in the plane: no 1-Lipschitz critic tells data from data plus noise by more."""


def claims(study: Study) -> Iterator[Claim]:
    """Check the surfaces on eight Gaussians, and slopes and estimates on all sets."""
    others = [name for name in ALL if name != CLIPPING]
    yield surface(study, CLIPPING, "clipping_ignores_the_modes", peaks=False, beside=others)
    yield surface(study, TWO, "two_sided_penalty_sees_the_modes", peaks=True)
    yield surface(study, LIGHT, "lighter_two_sided_penalty_sees_the_modes", peaks=True)
    yield surface(study, ONE, "one_sided_penalty_sees_the_modes", peaks=True)
    yield slopes(
        study, CLIPPING, "clipped_critics_are_flat", f"far below 1 ({DERIVED})", lambda slope: slope < 0.1
    )
    yield slopes(
        study, TWO, "penalized_critics_have_slope_1", f"1 ({DERIVED})", lambda slope: 0.9 <= slope <= 1.1
    )
    yield bound(study)
    yield certified_bound(study)
    yield from (estimates(study, name) for name in ALL)


def surface(study: Study, constraint: str, id_: str, *, peaks: bool, beside: Sequence[str] = ()) -> Claim:
    """Check at how many modes the critic has a maximum, and whether they score above the centre.

    Args:
        study: runs.
        constraint: the critic's.
        id_: of the claim.
        peaks: whether the modes should be maxima, or one place near the centre and no other.
        beside: critics that the note names if they have one maximum near the centre too.
    """
    variant = f"eight_gaussians-{constraint}"
    modes, over = (values_of(study, variant, key) for key in ("mode_scores", "mode_over_centre"))
    if peaks:
        wanted = "a maximum at each of the 8 modes, the centre below them"
        holds = all_hold([every(modes, lambda count: count == 8), every(over, lambda excess: excess > 0)])
    else:
        wanted = "one maximum in all, nearer to the mean than to any mode, above all modes"
        holds = one_near_the_mean(study, variant)
    verdict: Weighed = (
        weighed(study, holds, [variant]) if constraint == TWO else {"holds": holds, "refutable": True}
    )
    alike = [name for name in beside if one_near_the_mean(study, f"eight_gaussians-{name}")]
    note = None
    if verdict["holds"] is None and holds is False:
        why = _WRONG_WAY if any(difference <= 0 for difference in over) else _ABOVE
        note = f"{why} {steps_told(study, [variant])}"
    elif holds and alike:
        note = f"So has the critic under {listed(alike)}: this alone does not tell them apart."
    claim = Claim(
        id_,
        f"Eight Gaussians, {constraint}: {wanted}.",
        paper=f"{8 if peaks else 0} of 8 modes, read off the figure" if constraint in READ_OFF else None,
        measured=surface_told(study, variant),
        **verdict,
        note=note,
    )
    return resting_on(study, claim, [variant])


def one_near_the_mean(study: Study, variant: str) -> bool | None:
    """Return whether critics of eight Gaussians have a single maximum, near the mean, and score no mode above it."""
    modes, over = (values_of(study, variant, key) for key in ("mode_scores", "mode_over_centre"))
    single = (
        None if found is None else len(found) == 1 and found[0].distance() < NEAR
        for found in _summits(study, variant)
    )
    return all_hold(
        [every(modes, lambda count: count == 0), every(over, lambda excess: excess <= 0), *single]
    )


def surface_told(study: Study, variant: str) -> str | None:
    """Return in words what maxima critics of eight Gaussians have; None without finished runs."""
    if not runs_of(study, variant):
        return None
    modes, over = (values_of(study, variant, key) for key in ("mode_scores", "mode_over_centre"))
    told = f"{shown(modes)} of 8 modes; modes minus centre {shown(over)}"
    known = [found for found in _summits(study, variant) if found is not None]
    if not known:
        return told
    counts = [float(len(found)) for found in known]
    told += f"; {shown(counts)} maxim{'um' if set(counts) == {1} else 'a'} in all"
    distances = [found[0].distance() for found in known if found]
    return f"{told}, the highest {shown(distances)} from the mean" if distances else told


def _summits(study: Study, variant: str) -> list[list[Maximum] | None]:
    """Return the local maxima of the surface that each finished run left; None of a run that left none."""
    found = [read_surface(study.run_folder(run)) for run in runs_of(study, variant)]
    return [None if surface is None else maxima(surface) for surface in found]


_ABOVE = "The modes score above the centre, as they should, but not each is a maximum."
_WRONG_WAY = (
    "The two-sided penalty is not convex: where a slope has started the wrong way, turning it round means passing "
    "through slope 0, which costs the coefficient; the one-sided penalty costs nothing there. Length is not known "
    "to be all that is missing."
)


def slopes(study: Study, constraint: str, id_: str, paper: str, holds: Callable[[float], bool]) -> Claim:
    """Check the mean gradient norm between real and fake samples."""
    variants = _on_all_sets(constraint)
    values = [value for variant in variants for value in values_of(study, variant, "slope_line_mean")]
    claim = Claim(
        id_,
        f"Mean gradient norm of the critic between samples under {constraint}, on all three sets.",
        paper=paper,
        measured=shown(values) if values else None,
        holds=every(values, holds),
    )
    return resting_on(study, claim, variants)


def bound(study: Study) -> Claim:
    """Check that the estimates as they are stay below the mean length of the noise."""
    return _below_the_noise(
        study,
        "critic_w1",
        "estimates_stay_below_the_noise",
        "No critic's estimate, as it is, exceeds the mean length of the noise.",
        "A theorem for critics of constant 1. Nothing certifies that of critics under a penalty, whose slopes may "
        "exceed 1: of them it is a finding. Below the bound an estimate may still exceed the exact distance, which the "
        "shares below show.",
    )


def certified_bound(study: Study) -> Claim:
    """Check the same of estimates over a certified constant."""
    return _below_the_noise(
        study,
        "calibrated_w1_by_upper",
        "certified_estimates_stay_below_the_noise",
        "No critic's estimate over its certified Lipschitz constant exceeds it either.",
        "A theorem, whatever the critic: this checks the certificate, not the constraint.",
    )


def _below_the_noise(study: Study, key: str, id_: str, statement: str, note: str) -> Claim:
    found = {
        f"{name}, {constraint}": values_of(study, f"{name}-{constraint}", key)
        for name in SETS
        for constraint in ALL
    }
    values = [value for some in found.values() for value in some]
    largest = (
        max((max(some, key=_nan_last), where) for where, some in found.items() if some) if values else None
    )
    claim = Claim(
        id_,
        statement,
        paper=f"at most sqrt(pi / 2) = {NOISE:.4f} (follows from duality)",
        measured=f"largest {shown([largest[0]])} ({largest[1]})" if largest else None,
        holds=every(values, lambda value: value <= NOISE),
        note=note,
    )
    return resting_on(study, claim, [variant for name in ALL for variant in _on_all_sets(name)])


def _nan_last(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def estimates(study: Study, constraint: str) -> Claim:
    """Compare the critics' estimates with the exact distance between the samples they are evaluated on."""
    shares = {
        name: [
            run.metric("critic_w1") / (run.metric("critic_w1") - run.metric("critic_w1_error"))
            for run in runs_of(study, f"{name}-{constraint}")
        ]
        for name in SETS
    }
    every_share = [share for some in shares.values() for share in some]
    by_set = ", ".join(f"{name} {shown(some)}" for name, some in shares.items() if some)
    note = "No claim of the paper's: the exact distance is between the samples at hand, by optimal transport."
    claim = Claim(
        f"estimate_under_{constraint}",
        f"The critic's estimate of W1 under {constraint}, as a share of the exact distance, on all three sets.",
        measured=f"{shown(every_share)} ({by_set})" if every_share else None,
        note=f"{note} {_OVERSHOOT}" if any(share > 1 for share in every_share) else note,
        criterion=False,
    )
    return resting_on(study, claim, _on_all_sets(constraint))


_OVERSHOOT = (
    "Above 1 the critic is steeper than it may be: between two points at distance d the penalized optimum has slope "
    "1 + d / (2 coefficient), not 1."
)


def _on_all_sets(constraint: str) -> list[str]:
    return [f"{name}-{constraint}" for name in SETS]
