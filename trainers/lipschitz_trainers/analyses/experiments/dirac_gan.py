"""Which constraints make the Dirac-GAN converge (Mescheder et al. 2018, arXiv 1801.04406)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lipschitz_trainers.analyses.evidence import all_hold, every, runs_of, shown
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.truth.dirac_gan import Array, DiracField

START = float(np.hypot(1, 1))
"""Distance of the start from the equilibrium."""

ARRIVED, AWAY = 0.05, 0.1
"""Shares of that distance below which a run has arrived, and above which it has not."""


def two_sided(psi: Array) -> Array:
    """Return the damping of WGAN-GP with weight 1 and target 0.3."""
    return -(np.abs(psi) - 0.3) * np.sign(psi)


FIELDS: Mapping[str, DiracField] = {
    "minimax": DiracField("minimax"),
    "non_saturating": DiracField("non_saturating"),
    "wasserstein": DiracField("wasserstein"),
    "wgan": DiracField("wasserstein", bound=0.3),
    "wgan_gp": DiracField("wasserstein", two_sided),
    "wgan_gp_5_critic_steps": DiracField("wasserstein", two_sided),
    "wgan_lp": DiracField("wasserstein", lambda psi: -np.maximum(np.abs(psi) - 0.3, 0) * np.sign(psi)),
    "dragan": DiracField("non_saturating", lambda psi: -(np.abs(psi) - 1) * np.sign(psi)),
    "wgan_div": DiracField("wasserstein", lambda psi: -12 * np.abs(psi) ** 5 * np.sign(psi)),
    "r1": DiracField("non_saturating", lambda psi: -psi),
    "r2": DiracField("non_saturating", lambda psi: -psi),
    "wasserstein_r1": DiracField("wasserstein", lambda psi: -psi),
    "zero_centered_between": DiracField("non_saturating", lambda psi: -psi),
    "weight_decay": DiracField("non_saturating", lambda psi: -psi),
    "instance_noise": DiracField("non_saturating", noise=1.0),
}
"""The vector field of each variant; not of `spectral_norm`, whose psi is no parameter."""

CONVERGING: tuple[str, ...] = (
    "r1",
    "r2",
    "wasserstein_r1",
    "zero_centered_between",
    "weight_decay",
    "instance_noise",
)
CIRCLING: tuple[str, ...] = (
    "minimax",
    "non_saturating",
    "wasserstein",
    "wgan",
    "wgan_gp",
    "wgan_gp_5_critic_steps",
    "wgan_lp",
    "dragan",
    "spectral_norm",
    "wgan_div",
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
NOTES: Mapping[str, str] = {
    "minimax": "Both players take turns; with simultaneous steps they would spiral outwards.",
    "non_saturating": "In the limit it does, ever more slowly: like one over the square root of time.",
    "wgan_gp_5_critic_steps": KINK,
    "dragan": KINK,
    "wgan_div": "In the limit it does, ever more slowly: near slope 0 the penalty, a sixth power, is too flat.",
    "weight_decay": "Of a linear critic the sum of squared weights is the squared slope: the same as R1.",
    "instance_noise": "Up to the noise of a batch; the noise is the same at all steps.",
    "spectral_norm": "The slope is 1 or -1 by construction, so that there is no equilibrium.",
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


def claims(study: Study) -> Iterator[Claim]:
    """Check which variants arrive, and that they move along the closed-form fields."""
    yield from (arrives(study, name) for name in CONVERGING)
    yield from (stays_away(study, name) for name in CIRCLING)
    yield follows(study)


def trajectories(study: Study, variant: str) -> list[Trajectory]:
    """Return the trajectory of each finished run of a variant."""
    return [_trajectory(study, run) for run in runs_of(study, variant)]


def arrives(study: Study, variant: str) -> Claim:
    """Check that a variant is at the equilibrium during the last fifth of the run."""
    ends = [found.farthest(0.8, 1) / START for found in trajectories(study, variant)]
    return Claim(
        f"{variant}_converges",
        f"With {variant} training ends at the equilibrium.",
        paper=_published(variant, "converges"),
        measured=_told(ends),
        holds=every(ends, lambda share: share <= ARRIVED),
        note=NOTES.get(variant),
    )


def stays_away(study: Study, variant: str) -> Claim:
    """Check that a variant neither arrives nor comes closer by a constant factor."""
    found = trajectories(study, variant)
    ends = [one.farthest(0.8, 1) / START for one in found]
    slowing = [one.farthest(0.8, 1) / one.farthest(0.3, 0.5) for one in found]
    return Claim(
        f"{variant}_does_not_converge",
        f"With {variant} training does not end at the equilibrium, and the distance to it has not halved in the second "
        "half.",
        paper=_published(variant, "does not converge"),
        measured=f"{_told(ends)}; {shown(slowing)} times that before half time" if found else None,
        holds=all_hold([every(ends, lambda share: share >= AWAY), every(slowing, lambda ratio: ratio > 0.5)]),
        note=NOTES.get(variant),
    )


def follows(study: Study) -> Claim:
    """Check each recorded step against the closed-form velocity, the critic's step first."""
    worst = {
        variant: max((_deviation(study, run, field) for run in runs_of(study, variant)), default=float("nan"))
        for variant, field in FIELDS.items()
        if field.noise == 0 and variant != "wgan_gp_5_critic_steps"
    }
    known = {variant: value for variant, value in worst.items() if not np.isnan(value)}
    return Claim(
        "steps_follow_the_fields",
        "Every step of every run with one critic step a turn is the rate times the closed-form velocity, to 1e-5.",
        paper="closed forms",
        measured=f"at most {max(known.values()):.1e} off, in {len(known)} variants" if known else None,
        holds=every(worst.values(), lambda value: value <= 1e-5),
    )


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
