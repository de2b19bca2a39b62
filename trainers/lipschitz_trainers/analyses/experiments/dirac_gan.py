"""Which constraints make the Dirac-GAN converge (Mescheder et al. 2018, arXiv 1801.04406)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lipschitz_trainers.analyses.dirac_fields import FIELDS, FIXED, LEFT_OUT
from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, runs_of, shown
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.truth.dirac_gan import Array, DiracField

START = float(np.hypot(1, 1))
"""Distance of the start from the equilibrium."""

ARRIVED, AWAY = 0.05, 0.1
"""Shares of that distance below which a run has arrived, and above which it has not."""

SLOW: Mapping[str, float] = {"non_saturating": 1 / 2, "wgan_div": 1 / 4}
"""Variants whose distance r falls as a negative power of time, with the power.

On average over a turn around the equilibrium, the fields near it give dr / dt = -r^3 / 16 for the non-saturating loss,
whose r is (t / 8 + 1 / r(0)^2)^(-1 / 2), and -15 r^5 / 4 for the sixth power of WGAN-div with coefficient 2, whose r is
(15 t + 1 / r(0)^4)^(-1 / 4).
"""

CLOSE, ENOUGH = 0.1, 400
"""How far a measured power may be off, and how many iterations it takes to forget the start."""

CONVERGING: tuple[str, ...] = (
    "r1",
    "r2",
    "wasserstein_r1",
    "zero_centered_between",
    "weight_decay",
    "instance_noise",
    "maximum_gradient_penalty",
    "l1_weight_decay",
)
CIRCLING: tuple[str, ...] = (
    "minimax",
    "wasserstein",
    "wgan",
    "wgan_gp",
    "wgan_gp_5_critic_steps",
    "wgan_lp",
    "dragan",
    "spectral_norm",
    "banach_gradient_penalty",
    "adversarial_lipschitz_regularization",
    "lipschitz_quotient_penalty",
    "augmented_lagrangian_gradient_penalty",
    "l2_norm_clipping",
    "spectral_ball_projection",
    "weight_normalization",
    "true_spectral_norm",
    "frobenius_norm",
    "orthogonal",
    "gradient_normalization",
)
PUBLISHED = (
    "minimax",
    "non_saturating",
    "wgan",
    "wgan_gp",
    "wgan_gp_5_critic_steps",
    "r1",
    "r2",
    "instance_noise",
)
"""Variants of which the paper says whether they converge."""

KINK = (
    "At slope 0 the penalty has a kink: there it can balance the pull of the data, away from the equilibrium."
)
BELOW_TARGET = "Slopes below the target 0.3 cost nothing: there it moves in circles as without a constraint."
WITHIN_BOUND = (
    "Of one weight this projection clips it to 0.3: inside, it moves in circles as without a constraint."
)
NO_EQUILIBRIUM = "The slope is 1 or -1 by construction, so that there is no equilibrium."
NOTES: Mapping[str, str] = {
    "minimax": "Both players take turns; with simultaneous steps they would spiral outwards.",
    "non_saturating": "Near the equilibrium the field turns and does nothing else, to first order, so that there is no "
    "geometric rate; what comes after the first order decides, and goes inwards. No number of steps arrives.",
    "wgan_gp_5_critic_steps": KINK,
    "dragan": KINK,
    "wgan_div": "Near slope 0 the penalty, a sixth power, is too flat for more.",
    "weight_decay": "Of a linear critic the sum of squared weights is the squared slope: the same as R1.",
    "instance_noise": "Up to the noise of a batch; the noise is the same at all steps.",
    **dict.fromkeys(("spectral_norm", "true_spectral_norm", "frobenius_norm", "orthogonal"), NO_EQUILIBRIUM),
    "gradient_normalization": "The critic is x / (1 + |x|) or minus that, whatever its weight: no equilibrium.",
    "banach_gradient_penalty": "In one dimension all norms are the same: the penalty is that of wgan_gp.",
    **dict.fromkeys(
        ("wgan_lp", "adversarial_lipschitz_regularization", "lipschitz_quotient_penalty"), BELOW_TARGET
    ),
    "augmented_lagrangian_gradient_penalty": f"{BELOW_TARGET} The multiplier only takes it there sooner.",
    **dict.fromkeys(("l2_norm_clipping", "spectral_ball_projection"), WITHIN_BOUND),
    "weight_normalization": "The length of one weight is its size, and trained: as without a constraint.",
    "maximum_gradient_penalty": "A linear critic is as steep everywhere: the same as R1.",
    "l1_weight_decay": "Dry friction: with ever smaller steps it would stop at slope 0 and any theta up to 0.3; these "
    "steps of 0.1 overshoot slope 0 to and fro, and that moves theta on to the middle, up to a few hundredths.",
}


@dataclass(frozen=True)
class Trajectory:
    """Where a run was after each generator iteration; both of shape (n,)."""

    theta: Array
    psi: Array

    @property
    def distance(self) -> Array:
        """Distance from the equilibrium, shape (n,)."""
        return np.hypot(self.theta, self.psi)

    def farthest(self, start: float, end: float) -> float:
        """Return the largest distance between two shares of the run; NaN of a run that left nothing there."""
        n = len(self.theta)
        part = self.distance[round(start * n) : max(round(end * n), 1)]
        return float(part.max()) if len(part) else float("nan")

    @property
    def power(self) -> float:
        """The p of a distance that falls like t^-p over the second half, by least squares; NaN of a short run."""
        if len(self.theta) < ENOUGH:
            return float("nan")
        distance, half = self.distance, len(self.theta) // 2
        if not distance[half:].all():
            return float("inf")
        times = np.arange(1, len(distance) + 1)
        return -float(np.polyfit(np.log(times[half:]), np.log(distance[half:]), 1)[0])


def claims(study: Study) -> Iterator[Claim]:
    """Check which variants arrive, and that they move along the closed-form fields."""
    yield from (arrives(study, name) for name in CONVERGING)
    yield from (stays_away(study, name) for name in CIRCLING)
    yield no_power_of_time(study, "non_saturating")
    yield from (slows_down(study, name) for name in SLOW)
    yield slopes_are_fixed(study)
    yield follows(study)


def trajectories(study: Study, variant: str) -> list[Trajectory]:
    """Return the trajectory of each finished run of a variant."""
    return [_trajectory(study, run) for run in runs_of(study, variant)]


def arrives(study: Study, variant: str) -> Claim:
    """Check that a variant is at the equilibrium during the last fifth of the run."""
    ends = [found.farthest(0.8, 1) / START for found in trajectories(study, variant)]
    claim = Claim(
        f"{variant}_converges",
        f"With {variant} training ends at the equilibrium.",
        paper=_published(variant, "converges"),
        measured=_told(ends),
        holds=every(ends, lambda share: share <= ARRIVED),
        note=NOTES.get(variant),
    )
    return resting_on(study, claim, [variant], trained=[variant])


def stays_away(study: Study, variant: str) -> Claim:
    """Check that a variant neither arrives nor comes closer by a constant factor."""
    found = trajectories(study, variant)
    ends = [one.farthest(0.8, 1) / START for one in found]
    slowing = [one.farthest(0.8, 1) / one.farthest(0.3, 0.5) for one in found]
    claim = Claim(
        f"{variant}_does_not_converge",
        f"With {variant} training does not end at the equilibrium, and the distance to it has not halved in the second "
        "half.",
        paper=_published(variant, "does not converge"),
        measured=f"{_told(ends)}; {shown(slowing)} times that before half time" if found else None,
        holds=all_hold([every(ends, lambda share: share >= AWAY), every(slowing, lambda ratio: ratio > 0.5)]),
        note=NOTES.get(variant),
    )
    return resting_on(study, claim, [variant])


def no_power_of_time(study: Study, variant: str) -> Claim:
    """Check the paper's word that a variant does not converge against one that comes closer without ever arriving."""
    found = trajectories(study, variant)
    powers = [one.power for one in found]
    claim = Claim(
        f"{variant}_does_not_converge",
        f"With {variant} training does not converge: over the second half the distance to the equilibrium falls like "
        f"no power of time, to {CLOSE:g}.",
        paper=_published(variant, "does not converge"),
        measured=f"the power {shown(powers)}" if found else None,
        holds=every(powers, lambda power: power <= CLOSE),
        note="Against the paper's word: it comes ever closer, if ever more slowly (see the law below)."
        if any(power > CLOSE for power in powers)
        else None,
    )
    return resting_on(study, claim, [variant])


def slows_down(study: Study, variant: str) -> Claim:
    """Check that a variant comes closer as a power of time, more slowly than by a constant factor at a time."""
    found = trajectories(study, variant)
    powers = [one.power for one in found]
    ends = [one.farthest(0.8, 1) / START for one in found]
    claim = Claim(
        f"{variant}_converges_slowly",
        f"With {variant} training comes to the equilibrium ever more slowly: over the second half the distance falls "
        f"like t^-{SLOW[variant]:g}, the power to {CLOSE:g}.",
        measured=f"t^-{shown(powers)}; {_told(ends)}" if found else None,
        holds=every(powers, lambda power: abs(power - SLOW[variant]) <= CLOSE),
        note=NOTES.get(variant),
    )
    return resting_on(study, claim, [variant], trained=[variant])


def slopes_are_fixed(study: Study) -> Claim:
    """Check that normalization leaves the size of the slope nothing to learn."""
    known = {
        variant: max(float(np.abs(np.abs(one.psi) - size).max()) for one in found)
        for variant, size in FIXED.items()
        if (found := [one for one in trajectories(study, variant) if len(one.psi)])
    }
    worst = [known.get(variant, float("nan")) for variant in FIXED]
    sizes = ", ".join(f"{size:g} with {variant}" for variant, size in FIXED.items())
    claim = Claim(
        "normalized_slopes_are_fixed",
        f"At every step the size of the slope is the same, to 1e-5: {sizes}.",
        paper="closed forms",
        measured=f"at most {max(known.values()):.1e} off, in {len(known)} variants" if known else None,
        holds=every(worst, lambda value: value <= 1e-5),
        note="gradient_normalization has slope 1 at the data; measured is the slope between 0 and 1.",
    )
    return resting_on(study, claim, FIXED)


def follows(study: Study) -> Claim:
    """Check each recorded step against the closed-form velocity, the critic's step first."""
    worst = {
        variant: max((_deviation(study, run, field) for run in runs_of(study, variant)), default=float("nan"))
        for variant, field in FIELDS.items()
        if field.noise == 0 and variant != "wgan_gp_5_critic_steps"
    }
    known = {variant: value for variant, value in worst.items() if not np.isnan(value)}
    claim = Claim(
        "steps_follow_the_fields",
        "Every step of every run with one critic step a turn is the rate times the closed-form velocity, to 1e-5.",
        paper="closed forms",
        measured=f"at most {max(known.values()):.1e} off, in {len(known)} variants" if known else None,
        holds=every(worst.values(), lambda value: value <= 1e-5),
        note=" ".join(f"{name} is no variant: {reason}." for name, reason in LEFT_OUT.items()),
    )
    return resting_on(study, claim, worst)


def _trajectory(study: Study, run: RunResult) -> Trajectory:
    history = read_history(study.run_folder(run), only=())
    theta, psi = (history.evaluated(f"dirac_{name}").values for name in ("theta", "psi"))
    both = min(len(theta), len(psi))  # a log leaves out what is not finite
    return Trajectory(theta[:both], psi[:both])


def _deviation(study: Study, run: RunResult, field: DiracField) -> float:
    found = _trajectory(study, run)
    rates = _rates(study.configs.get(run.key, {}))
    if rates is None or len(found.theta) < 2:
        return float("nan")
    theta, psi = found.theta, found.psi
    after = psi[:-1] + rates[1] * field(theta[:-1], psi[:-1])[1]
    if field.bound is not None:
        after = np.clip(after, -field.bound, field.bound)
    moved = theta[:-1] + rates[0] * field(theta[:-1], psi[1:])[0]
    return float(max(np.abs(after - psi[1:]).max(), np.abs(moved - theta[1:]).max()))


def _rates(config: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the learning rates of generator and critic, if it is recorded after each step and one critic step long."""
    try:
        every_step = config["evaluation"]["every"] == 1 and config["critic"]["steps"] == 1
        rates = (float(config[player]["optimizer"]["lr"]) for player in ("generator", "critic"))
        return (next(rates), next(rates)) if every_step else None
    except (KeyError, TypeError):
        return None


def _published(variant: str, verdict: str) -> str | None:
    return verdict if variant in PUBLISHED else None


def _told(shares: list[float]) -> str | None:
    return f"{shown(shares)} of the distance at the start, in the last fifth" if shares else None
