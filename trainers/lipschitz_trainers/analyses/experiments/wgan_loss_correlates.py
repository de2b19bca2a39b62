"""Whether a critic's loss tells how good samples are (WGAN, arXiv 1701.07875, section 4.2, figures 3 and 4)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, runs_of, shown
from lipschitz_trainers.analyses.history import Series, read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.smoothing import median_filtered
from lipschitz_trainers.analyses.study import Study

GENERATORS = ("mlp", "conv")
CRITICS = ("weight_clipping", "two_sided_gradient_penalty")
DISCRIMINATORS = ("gan", "gan_5_critic_steps")
FAST = ("fast-weight_clipping", "fast-gan")

PAPER_WINDOW = 101
"""Iterations that the paper's median filter covers, of 600,000."""

UNSURE = (
    "On digits this small generated samples come so close to the data that a discriminator is no longer sure, and its "
    "estimate falls in the end. How far it falls, a rank correlation does not know."
)
CONSTANT = "Clipping knows W1 only up to the Lipschitz constant of its critic, which changes while the critic learns."
NOTES = {"weight_clipping": CONSTANT} | dict.fromkeys(DISCRIMINATORS, UNSURE)

HIGH, LOW = 0.8, 0.5
"""Rank correlations from which on loss and distance are taken to go together, and up to which they are not."""


@dataclass(frozen=True)
class Course:
    """A run's estimate beside its samples' distance to the data.

    Attributes:
        estimate: at every iteration: of W1 by a critic, of Jensen-Shannon by a discriminator; median filtered.
        w1: exact, between generated and held-out samples, at every evaluation.
    """

    estimate: Series
    w1: Series

    @property
    def both(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Estimates at the evaluations, and distances, each of shape (n,)."""
        if not len(self.estimate) or not len(self.w1):
            return np.empty(0), np.empty(0)
        return np.interp(self.w1.steps, self.estimate.steps, self.estimate.values), self.w1.values

    @property
    def correlation(self) -> float:
        """Spearman's rank correlation of estimates and distances; NaN where one never changes."""
        estimates, distances = self.both
        if len(distances) < 3 or not np.ptp(estimates) or not np.ptp(distances):
            return math.nan
        # The correlation of the ranks, by definition; scipy's own function has no type that could be checked.
        return float(np.corrcoef(stats.rankdata(estimates), stats.rankdata(distances))[0, 1])

    @property
    def halfway(self) -> tuple[float, float]:
        """The estimate when W1 was largest, and when it first had come half of the way from there to its end."""
        estimates, distances = self.both
        if len(distances) < 2:
            return math.nan, math.nan
        top = int(distances.argmax())
        reached = np.flatnonzero(distances[top:] <= (distances[top] + distances[-1]) / 2)[0]
        return float(estimates[top]), float(estimates[top + reached])


def window(iterations: int) -> int:
    """Return the length of the median filter: the paper's, or a tenth of a run that is too short for it, and odd.

    Example:
        >>> window(600_000), window(250)
        (101, 25)
    """
    return min(PAPER_WINDOW, iterations // 10 // 2 * 2 + 1)


def course(study: Study, run: RunResult) -> Course:
    """Read a run's log: the critic's estimate of W1, or log 2 + L / 2 for a discriminator's value L."""
    log = read_history(study.run_folder(run), only=("critic_loss",))
    loss = log.trained("critic_loss")
    estimates = math.log(2) - loss.values / 2 if run.variant.split("-")[1].startswith("gan") else -loss.values
    return Course(Series(loss.steps, median_filtered(estimates, window(len(loss)))), log.evaluated("w1"))


def claims(study: Study) -> Iterator[Claim]:
    """Check correlations, the stretch in which samples improve most, and runs that fail."""
    for method in (*CRITICS, *DISCRIMINATORS):
        yield correlation(study, method)
    for method in (*CRITICS, *DISCRIMINATORS):
        yield halfway(study, method)
    yield failing(study)


def courses(study: Study, variant: str) -> list[Course]:
    """Return what the finished runs of a variant logged."""
    return [course(study, run) for run in runs_of(study, variant)]


def correlation(study: Study, method: str) -> Claim:
    """Check that loss and distance go together for a critic, and do not for a discriminator."""
    found = {
        generator: [one.correlation for one in courses(study, f"{generator}-{method}")]
        for generator in GENERATORS
    }
    critic = method in CRITICS
    text = (
        f"of the critic's estimate under {method}"
        if critic
        else f"of the Jensen-Shannon estimate of {method}"
    )
    bound = f"is at least {HIGH:g}" if critic else f"is at most {LOW:g}"
    values = list(found.values())
    claim = Claim(
        f"correlation_{method}",
        f"The rank correlation {text} with the exact W1, over training, {bound}, with either generator.",
        paper="correlates well (by eye)" if critic else "no correlation (by eye)",
        measured=_by_generator(values),
        holds=all_hold(every(some, lambda rho: rho >= HIGH if critic else rho <= LOW) for some in values),
        note=NOTES.get(method),
    )
    return resting_on(study, claim, [f"{generator}-{method}" for generator in GENERATORS])


def halfway(study: Study, method: str) -> Claim:
    """Check whether the loss falls while the samples make the first half of their way to the data."""
    critic = method in CRITICS
    found = {
        generator: [one.halfway for one in courses(study, f"{generator}-{method}")]
        for generator in GENERATORS
    }
    # Below 0 an estimate has no share that it could fall by.
    ratios = [[late / early if early > 0 else math.nan for early, late in some] for some in found.values()]
    told = (
        f"The estimate of {method} falls by a tenth or more"
        if critic
        else f"The Jensen-Shannon estimate of {method} falls by less than a tenth"
    )
    claim = Claim(
        f"halfway_{method}",
        f"{told} while W1 makes the first half of its way down, with either generator.",
        paper="falls as samples improve"
        if critic
        else "0.60 to 0.68 and 0.55 to 0.69: rises as samples improve",
        measured="; ".join(
            ", ".join(f"{early:.3g} to {late:.3g}" for early, late in some) for some in found.values() if some
        )
        or None,
        holds=all_hold(every(some, lambda ratio: ratio <= 0.9 if critic else ratio > 0.9) for some in ratios),
    )
    return resting_on(study, claim, [f"{generator}-{method}" for generator in GENERATORS])


def failing(study: Study) -> Claim:
    """Check that a WGAN with rates far too high shows a constant estimate and samples that do not improve."""
    found = courses(study, FAST[0])
    spreads = [_spread(one.estimate.values) for one in found]
    gains = [one.w1.values.min() / one.w1.values[0] if len(one.w1) else math.nan for one in found]
    claim = Claim(
        "failing_wgan_is_seen",
        "With learning rates far too high, WGAN's samples never improve, and its estimate says so: it stays where it "
        "is, to a tenth.",
        paper="constant at about 15.2",
        measured=f"spread {shown([100 * s for s in spreads])} %, smallest W1 {shown(gains)} times that at the start"
        if found
        else None,
        holds=all_hold([every(spreads, lambda s: s <= 0.1), every(gains, lambda gain: gain >= 0.95)]),
        note=_rates(study),
    )
    return resting_on(study, claim, [FAST[0]])


def _rates(study: Study) -> str | None:
    """Return the learning rates of the failing WGAN as multiples of the usual ones; None where they are not known."""
    fast, usual = (
        [study.configs[run.key] for run in runs_of(study, variant) if run.key in study.configs]
        for variant in (FAST[0], f"{GENERATORS[0]}-{CRITICS[0]}")
    )
    if not fast or not usual:
        return None
    critic, generator = (
        fast[0][player]["optimizer"]["lr"] / usual[0][player]["optimizer"]["lr"]
        for player in ("critic", "generator")
    )
    return f"{critic:,.0f} times the critic's and {generator:,.0f} times the generator's rate of the other WGANs."


def _spread(values: NDArray[np.float64]) -> float:
    """Return how far values stray from their median in all but the first tenth, as a share of it."""
    late = values[len(values) // 10 :]
    if not len(late) or not np.median(late):
        return math.nan
    return float(np.abs(late / np.median(late) - 1).max())


def _by_generator(values: Sequence[Sequence[float]]) -> str | None:
    rows = [f"{generator}: {shown(some)}" for generator, some in zip(GENERATORS, values, strict=True) if some]
    return ", ".join(rows) or None
