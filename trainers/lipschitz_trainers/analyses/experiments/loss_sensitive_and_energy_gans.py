"""Loss-sensitive, energy-based and f-GAN objectives: which train, and what critics of f-GANs become."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lipschitz_trainers.analyses.artifacts import Profile, read_profile
from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    runs_of,
    shown,
    steps_told,
    values_of,
    weighed,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import gist
from lipschitz_trainers.truth import ShiftedGaussiansTruth, Side
from lipschitz_trainers.truth.f_divergences import DIVERGENCES
from lipschitz_trainers.truth.gaussian_line import GaussianLine, gaussian_line

F_GANS = tuple(DIVERGENCES)
ENERGY, PULLING_AWAY = "energy_based", "energy_based_pulling_away"
OBJECTIVES = (
    *(name for name in F_GANS if name != "gan"),
    "loss_sensitive",
    "generalized_loss_sensitive",
    ENERGY,
    PULLING_AWAY,
)
"""On the toy sets. The losses of ``gan`` and ``jensen_shannon`` differ by constants: the same training."""

SETS = ("eight_gaussians", "swiss_roll")
PENALIZED = "eight_gaussians-penalized"
UNTRAINED = "untrained"

CLOSE, TIGHT = 0.1, 0.05
"""Shares by which a critic may be off the optimal one, and its bound off the divergence."""

LOWER = 0.25
"""Share of the untrained generator's distance below which an objective has trained.

On the eight Gaussians the untrained generator is at 3.5, all samples at the mean of the data would be at 1.41.
"""

EXPONENTIAL = (
    "Where samples of one side hardly occur on the other, the losses are exponential in the scores: without a "
    "constraint nothing keeps them bounded."
)
NOTES = {
    "reverse_kl": EXPONENTIAL,
    "neyman": EXPONENTIAL,
    "kl": EXPONENTIAL,
    "squared_hellinger": EXPONENTIAL,
    "total_variation": "A sure critic's output activation is flat, so that no gradient is left.",
}
"""Why an objective may fail without a constraint."""


@dataclass(frozen=True)
class Training:
    """What an objective did on one set.

    Attributes:
        variant: its full name.
        dataset: the set.
        shares: exact W1 to the data over that of the untrained generator, run by run.
        modes: covered, run by run; empty for data without modes.
        failures: first lines of the messages of runs that diverged.
    """

    variant: str
    dataset: str
    shares: Sequence[float]
    modes: Sequence[float]
    failures: Sequence[str]

    @property
    def told(self) -> str:
        """The numbers in words."""
        lost = len(self.failures)
        if lost and not self.shares:
            return f"{self.dataset}: broke off"
        modes = f", {shown(self.modes)} modes" if self.modes else ""
        some = f", {lost} of {lost + len(self.shares)} runs broke off" if lost else ""
        return f"{self.dataset}: {shown(self.shares)}{modes}{some}"


def claims(study: Study) -> Iterator[Claim]:
    """Check the critics on the line, then the generators on the toy sets."""
    yield from (optimum(study, name) for name in F_GANS)
    yield lower_bounds(study)
    yield from (trains(study, name) for name in OBJECTIVES)
    yield from (trains_penalized(study, name) for name in OBJECTIVES)
    yield pulling_away(study)


def line() -> GaussianLine:
    """Return the two Gaussians that the critics on the line are trained on."""
    truth = ShiftedGaussiansTruth(dimension=1, distance=0.5)
    found = gaussian_line(Side(truth, "p"), Side(truth, "q"))
    assert found is not None
    return found


def profiles(study: Study, divergence: str) -> list[Profile]:
    """Return the scores over the line that each finished run of a divergence left."""
    found = (read_profile(study.run_folder(run)) for run in runs_of(study, f"line-{divergence}"))
    return [profile for profile in found if profile is not None]


def optimum(study: Study, divergence: str) -> Claim:
    """Check that a critic becomes f'(p / q) and its bound the divergence."""
    errors, bounds, truths = (
        values_of(study, f"line-{divergence}", f"f_divergence{key}") for key in ("_error", "_bound", "_true")
    )
    # A constant critic reaches f(1), which is 0 for all but `gan`.
    least = -math.log(4) if divergence == "gan" else 0.0
    gaps = [(true - bound) / (true - least) for true, bound in zip(truths, bounds, strict=True)]
    claim = Claim(
        f"optimal_critic_of_{divergence}",
        f"Between two Gaussians the critic of the f-GAN with {divergence} becomes f'(p / q), off by at most a tenth of "
        "how much that varies, and its bound the divergence, to 5 %.",
        paper=f"{shown(truths)}, by quadrature" if truths else "by quadrature",
        measured=f"{shown(bounds)}; critic off by {shown([100 * error for error in errors])} %"
        if bounds
        else None,
        holds=all_hold(
            [every(errors, lambda error: error <= CLOSE), every(gaps, lambda gap: abs(gap) <= TIGHT)]
        ),
        note="Where f'(p / q) is steepest samples are rarest."
        if divergence in ("neyman", "pearson")
        else None,
    )
    return resting_on(study, claim, [f"line-{divergence}"])


def lower_bounds(study: Study) -> Claim:
    """Check that no critic's value exceeds the divergence."""
    excess = {
        name: [bound - true for bound, true in zip(bounds, truths, strict=True)]
        for name in F_GANS
        if (bounds := values_of(study, f"line-{name}", "f_divergence_bound"))
        and (truths := values_of(study, f"line-{name}", "f_divergence_true"))
    }
    found = [value for values in excess.values() for value in values]
    claim = Claim(
        "bounds_are_lower_bounds",
        "No critic's value exceeds the divergence (by integration, to 1e-4).",
        paper="a lower bound",
        measured=f"largest excess {max(found):.1e}" if found else None,
        holds=all_hold(every(excess.get(name, ()), lambda value: value <= 1e-4) for name in F_GANS),
    )
    return resting_on(study, claim, [f"line-{name}" for name in F_GANS])


def training(study: Study, dataset: str, objective: str) -> Training:
    """Return what an objective did; `dataset` is what the variant's name begins with."""
    variant = f"{dataset}-{objective}"
    pairs = paired(study, f"{dataset.removesuffix('-penalized')}-{UNTRAINED}", variant)
    return Training(
        variant,
        dataset.removesuffix("-penalized"),
        [_share(after.metric("w1"), before.metric("w1")) for before, after in pairs],
        [value for value in values_of(study, variant, "mode_coverage") if not math.isnan(value)],
        [gist(run.error) for run in diverged_runs(study, variant)],
    )


def trains(study: Study, objective: str) -> Claim:
    """Check that generators come closer to the data, the critic being unconstrained."""
    return _trained(
        study,
        f"trains_with_{objective}",
        f"Without a constraint {objective} trains: W1 to the data falls below a quarter of the untrained generator's.",
        [training(study, dataset, objective) for dataset in SETS],
        NOTES.get(objective),
    )


def trains_penalized(study: Study, objective: str) -> Claim:
    """Check the same with a gradient penalty."""
    return _trained(
        study,
        f"trains_with_penalized_{objective}",
        f"With a one-sided gradient penalty {objective} trains: W1 to the data falls below a quarter of the "
        "untrained generator's.",
        [training(study, PENALIZED, objective)],
        None,
    )


def pulling_away(study: Study) -> Claim:
    """Compare the modes covered with and without the pulling-away term, where seeds are enough to tell."""
    pairs = paired(study, f"eight_gaussians-{ENERGY}", f"eight_gaussians-{PULLING_AWAY}")
    without, with_ = (
        ([run.metric("mode_coverage") for run in runs] for runs in zip(*pairs, strict=True))
        if pairs
        else ([], [])
    )
    more = every([b - a for a, b in zip(without, with_, strict=True)], lambda gain: gain >= 0)
    claim = Claim(
        "pulling_away_covers_modes",
        "With the pulling-away term, EBGAN covers at least as many of the eight modes as without it, for each "
        "seed.",
        paper="meant against collapse",
        measured=f"{shown(with_)} with, {shown(without)} without" if pairs else None,
        holds=more if len(pairs) >= 3 else None,
        note="One seed decides nothing; three or more do (--seeds 3, as in the paper profile)."
        if len(pairs) < 3
        else None,
    )
    return resting_on(study, claim, [f"eight_gaussians-{name}" for name in (ENERGY, PULLING_AWAY)])


def _trained(study: Study, name: str, statement: str, found: Sequence[Training], reason: str | None) -> Claim:
    verdicts = [False if one.failures else every(one.shares, lambda share: share <= LOWER) for one in found]
    holds = all_hold(verdicts)
    # Slower than that is no failure of a short run; to break off, or to end farther away than one began, is.
    diverged = any(one.failures or any(share >= 1 for share in one.shares) for one in found)
    behind = [one.variant for one in found]
    # That could have happened in a short run too: what holds in one could have been refuted.
    verdict = holds if diverged else weighed(study, holds, behind)["holds"]
    told = "; ".join(one.told for one in found if one.shares or one.failures)
    note = next((failure for one in found for failure in one.failures), None)
    if verdict is None and holds is False:
        note = f"Closer, but not that close. {steps_told(study, behind)}"
    elif holds is False:
        note = " ".join(part for part in (note, reason) if part) or None
    claim = Claim(name, statement, measured=told or None, holds=verdict, note=note)
    beside = [f"{one.dataset}-{UNTRAINED}" for one in found]
    return resting_on(study, claim, [*behind, *beside], trained=behind, counted=behind)


def _share(after: float, before: float) -> float:
    return after / before if before > 0 else math.nan
