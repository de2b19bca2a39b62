"""Example 1 of WGAN: which divergence sees how far two parallel lines are apart (arXiv 1701.07875, section 2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    runs_of,
    shown,
    values_of,
)
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.truth.parallel_lines import parallel_lines

THETAS = ("-1", "-0.5", "-0.1", "0", "0.1", "0.5", "1")
CRITICS = ("one_sided_gradient_penalty", "two_sided_gradient_penalty")
CLIPPING, DISCRIMINATOR = "weight_clipping", "discriminator"
METHODS = (*CRITICS, CLIPPING, DISCRIMINATOR)

Measured = Mapping[float, Sequence[float]]


def claims(study: Study) -> Iterator[Claim]:
    """Check what critics and discriminators say of the distance against the closed forms."""
    yield exact(study)
    yield from (estimate(study, name) for name in CRITICS)
    yield continuous(study)
    yield gradient(study)
    yield up_to_a_constant(study)
    yield jumps(study, "jensen_shannon", "Jensen-Shannon", math.log(2), "log 2 = 0.6931")
    yield jumps(study, "total_variation", "Total variation", 1.0, "1")
    yield infinite(study)
    yield flat(study)


def names(*methods: str) -> list[str]:
    """Return the full names of the variants of some methods, at every theta."""
    return [f"{method}-theta={theta}" for method in methods for theta in THETAS]


def by_theta(study: Study, method: str, key: str) -> dict[float, list[float]]:
    """Return a metric of a method's runs at each theta, from left to right."""
    return {float(theta): values_of(study, f"{method}-theta={theta}", key) for theta in THETAS}


def apart(measured: Measured) -> dict[float, Sequence[float]]:
    """Return what was measured where the lines are apart."""
    return {theta: values for theta, values in measured.items() if theta != 0}


def checked(measured: Measured, holds: Callable[[float, float], bool]) -> bool | None:
    """Return whether all values pass, given theta and the value; None where a theta lacks runs and none fails."""
    return all_hold(every(values, lambda v, t=theta: holds(t, v)) for theta, values in measured.items())


def exact(study: Study) -> Claim:
    """Check that optimal transport between samples gives the closed form."""
    found = by_theta(study, DISCRIMINATOR, "w1")
    claim = Claim(
        "w1_is_the_distance",
        "The Wasserstein-1 distance between the lines is |theta|; here between samples, by optimal transport, to 0.05.",
        paper="|theta|",
        measured=_table(found),
        holds=checked(found, lambda theta, w1: abs(w1 - parallel_lines(theta).w1) <= 0.05),
    )
    return resting_on(study, claim, names(DISCRIMINATOR))


def estimate(study: Study, method: str) -> Claim:
    """Check a penalized critic's estimate."""
    found = by_theta(study, method, "critic_w1")
    claim = Claim(
        f"estimate_under_{method}",
        f"The critic under {method} finds it: its estimate is |theta|, to a tenth of that; 0 at theta = 0, to 0.05.",
        paper="|theta|",
        measured=_table(found),
        holds=checked(
            found, lambda theta, w1: abs(w1 - (exact := parallel_lines(theta).w1)) <= (0.1 * exact or 0.05)
        ),
        note="Between pairs at equal heights the best penalized critic has slope 1 + |theta| / 20, not 1: the penalty "
        "trades slope for score.",
    )
    return resting_on(study, claim, names(method))


def continuous(study: Study) -> Claim:
    """Check that estimates change by no more than theta does, across 0 too."""
    pairs = [
        (float(right) - float(left), paired(study, f"{method}-theta={left}", f"{method}-theta={right}"))
        for method in CRITICS
        for left, right in itertools.pairwise(THETAS)
    ]
    steps = [abs(b.metric("critic_w1") - a.metric("critic_w1")) / gap for gap, runs in pairs for a, b in runs]
    complete = all(runs for _, runs in pairs)
    claim = Claim(
        "w1_is_continuous",
        "As a function of theta the critics' estimates have no jump: from one theta to the next they change by no more "
        "than theta does (to a quarter).",
        paper="continuous everywhere",
        measured=f"at most {max(steps):.3g} a unit of theta" if steps else None,
        holds=all_hold([every(steps, lambda step: step <= 1.25), complete or None]),
    )
    return resting_on(study, claim, names(*CRITICS))


def gradient(study: Study) -> Claim:
    """Check the gradient by theta that critics give, theorem 3."""
    found = {method: apart(by_theta(study, method, "translation_gradient_1")) for method in CRITICS}
    claim = Claim(
        "w1_has_a_gradient",
        "The gradient of W1 by theta that the critics give a generator is the sign of theta, to 0.15.",
        paper="-1 left of 0, 1 right of it",
        measured="; ".join(_table(values) for values in found.values()),
        holds=all_hold(
            checked(values, lambda theta, g: abs(g - math.copysign(1, theta)) <= 0.15)
            for values in found.values()
        ),
    )
    return resting_on(study, claim, names(*CRITICS))


def up_to_a_constant(study: Study) -> Claim:
    """Check that clipped critics' estimates are proportional to the distance."""
    found = apart(by_theta(study, CLIPPING, "critic_w1"))
    ratios = {theta: [value / abs(theta) for value in values] for theta, values in found.items()}
    constants = [ratio for values in ratios.values() for ratio in values]
    middle = sorted(constants)[len(constants) // 2] if constants else math.nan
    claim = Claim(
        "clipping_knows_w1_up_to_a_constant",
        "Critics with clipped weights find |theta| times a constant (of the class of networks), the same for each "
        "theta to a third.",
        paper="K W1 for K-Lipschitz critics",
        measured=f"estimate / |theta|: {_table(ratios)}",
        holds=checked(ratios, lambda theta, ratio: middle / 1.34 <= ratio <= middle * 1.34),
    )
    return resting_on(study, claim, names(CLIPPING))


def jumps(study: Study, key: str, name: str, top: float, shown_top: str) -> Claim:
    """Check that a divergence is at its largest value wherever the lines are apart, and 0 where not."""
    found = by_theta(study, DISCRIMINATOR, key)
    claim = Claim(
        f"{key}_jumps",
        f"{name}, as a discriminator bounds it from below, is at its largest value for every theta but 0 (at least "
        "95 % of it; at 0 at most 0.15).",
        paper=f"{shown_top}; 0 at theta = 0",
        measured=_table(found),
        holds=checked(found, lambda theta, value: value <= 0.15 if theta == 0 else value >= 0.95 * top),
    )
    return resting_on(study, claim, names(DISCRIMINATOR))


def infinite(study: Study) -> Claim:
    """Check that a discriminator's lower bound of the Kullback-Leibler divergence grows on and on."""
    found = apart(by_theta(study, DISCRIMINATOR, "kullback_leibler"))
    growth = {
        theta: [_growth(study, run) for run in runs_of(study, f"{DISCRIMINATOR}-theta={theta:g}")]
        for theta in found
    }
    claim = Claim(
        "kullback_leibler_is_infinite",
        "The lower bound of the Kullback-Leibler divergence passes 10 nats wherever the lines are apart, and is still "
        "growing in the second half of the training.",
        paper="infinite; 0 at theta = 0",
        measured=f"{_table(found)} nats; over the first half's largest: {_table(growth)}",
        holds=all_hold(
            [checked(found, lambda theta, kl: kl > 10), checked(growth, lambda theta, factor: factor > 1)]
        ),
    )
    return resting_on(study, claim, names(DISCRIMINATOR))


def flat(study: Study) -> Claim:
    """Check that the discriminator's value gives no gradient by theta."""
    found = apart(by_theta(study, DISCRIMINATOR, "jensen_shannon_gradient_1"))
    claim = Claim(
        "jensen_shannon_has_no_gradient",
        "The gradient of Jensen-Shannon by theta that a discriminator gives a generator vanishes where the lines are "
        "apart (to 0.01).",
        paper="0",
        measured=_table(found),
        holds=checked(found, lambda theta, g: abs(g) <= 0.01),
    )
    return resting_on(study, claim, names(DISCRIMINATOR))


def _growth(study: Study, run: RunResult) -> float:
    values: list[float] = read_history(study.run_folder(run)).evaluated("kullback_leibler").values.tolist()
    half = values[: len(values) // 2]
    return values[-1] / max(half) if half and max(half) > 0 else math.nan


def _table(measured: Measured) -> str:
    return ", ".join(f"{theta:g}: {shown(values)}" for theta, values in measured.items() if values)
