"""How fast and how far clipping, the gradient penalty and the DCGAN get (arXiv 1704.00028, section 5.3, figure 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lipschitz_trainers.analyses.clock import seconds_per_step, unit_of
from lipschitz_trainers.analyses.evidence import all_hold, paired, resting_on, steps_told, weighed
from lipschitz_trainers.analyses.formula_scores import Score, curve_of, end_of, mean_of, score_of
from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number

CLIP = "weight_clipping"
RMSPROP = "gradient_penalty_rmsprop"
ADAM = "gradient_penalty_adam"
DCGAN = "dcgan"
VARIANTS = (CLIP, RMSPROP, ADAM, DCGAN)

READ_OFF = {
    CLIP: {25_000: 3.4, 50_000: 3.9, 100_000: 4.95, 150_000: 5.45, 200_000: 5.65},
    RMSPROP: {25_000: 5.2, 50_000: 5.85, 100_000: 6.2, 150_000: 6.25, 200_000: 6.3},
    ADAM: {25_000: 5.85, 50_000: 6.15, 100_000: 6.35, 150_000: 6.35, 200_000: 6.35},
    DCGAN: {25_000: 5.9, 50_000: 6.4, 100_000: 6.5, 150_000: 6.5, 200_000: 6.5},
}
"""Inception scores read off the paper's figure, by variant and iteration."""

TIE = 0.02
"""Scores of a thousand images that differ by less than this share are equal."""

CLOSE = 0.1
"""Share of the DCGAN's score by which a comparable one differs from it at most."""

LEVEL = 0.05
"""Times that differ by less than this share are not told apart: nothing keeps a machine's clock that steady."""

SETTLED = 1 / 3
"""Share of the evaluations, at the end, over which scores should keep still."""

Pair = tuple[float, float]


def claims(study: Study) -> Iterator[Claim]:
    """Check the ordering at the end and on the way, and the comparison with the DCGAN."""
    score = score_of(study)
    for name, of, told in (("at_the_end", end_of, "ends"), ("on_the_way", mean_of, "is on average")):
        yield above_clipping(study, score, name, of, told)
        yield adam_ahead(study, score, name, of, told)
    yield comparable(study, score)
    yield steadier(study, score)
    yield slower(study)


def above_clipping(
    study: Study, score: Score | None, name: str, of: Callable[[Series], float], told: str
) -> Claim:
    """Check that the penalty beats clipping with the same optimizer at the same rate."""
    found = _pairs(study, score, of, RMSPROP, CLIP)
    claim = Claim(
        f"penalty_above_clipping_{name}",
        f"With the same optimizer at the same rate, the gradient penalty {told} above weight clipping in score.",
        paper=_read_off(of, RMSPROP, CLIP),
        measured=_told(score, found, RMSPROP, CLIP),
        holds=all_hold(_judged(pair, lambda ours, clip: ours > clip) for pair in found),
        note=(steps_told(study, [RMSPROP, CLIP]) or None) if found else None,
    )
    return resting_on(study, claim, [RMSPROP, CLIP], trained=[RMSPROP])


def adam_ahead(
    study: Study, score: Score | None, name: str, of: Callable[[Series], float], told: str
) -> Claim:
    """Check that Adam at a higher rate is at least as good as RMSProp under the penalty."""
    found = _pairs(study, score, of, ADAM, RMSPROP)
    claim = Claim(
        f"adam_not_below_rmsprop_{name}",
        f"Under the penalty, Adam at a higher rate {told} at least as high as RMSProp, within {TIE:.0%}.",
        paper=_read_off(of, ADAM, RMSPROP),
        measured=_told(score, found, ADAM, RMSPROP),
        holds=all_hold(_judged(pair, lambda adam, other: adam >= (1 - TIE) * other) for pair in found),
    )
    return resting_on(study, claim, [ADAM, RMSPROP], trained=[ADAM])


def comparable(study: Study, score: Score | None) -> Claim:
    """Check that the penalty with Adam ends near the DCGAN."""
    found = _pairs(study, score, end_of, ADAM, DCGAN)
    near = all_hold(
        _judged(pair, lambda ours, theirs: abs(ours - theirs) <= CLOSE * theirs) for pair in found
    )
    claim = Claim(
        "comparable_with_the_dcgan",
        f"The penalty with Adam ends within {CLOSE:.0%} of the DCGAN's score.",
        paper=_read_off(end_of, ADAM, DCGAN),
        measured=_told(score, found, ADAM, DCGAN),
        **weighed(study, near, [ADAM, DCGAN]),
    )
    return resting_on(study, claim, [ADAM, DCGAN], trained=[ADAM])


def steadier(study: Study, score: Score | None) -> Claim:
    """Check that the penalty's score keeps still where the DCGAN's goes up and down."""
    found = _pairs(study, score, wandering, ADAM, DCGAN)
    verdict = all_hold(_judged(pair, lambda ours, theirs: ours < theirs) for pair in found)
    claim = Claim(
        "steadier_than_the_dcgan",
        f"Over the last {SETTLED:.0%} of the evaluations the score under the penalty with Adam varies less than the "
        "DCGAN's.",
        paper="more stable at convergence; the DCGAN's curve has spikes up to 6.9 (read off)",
        measured=_told(score, found, ADAM, DCGAN),
        **weighed(study, verdict, [ADAM, DCGAN]),
        note="Measured are standard deviations around the straight line through these evaluations, which a curve that "
        "still rises follows."
        if found
        else None,
    )
    return resting_on(study, claim, [ADAM, DCGAN], trained=[ADAM])


def slower(study: Study) -> Claim:
    """Check that an iteration costs more under the penalty than under clipping, and that more than a DCGAN's."""
    found = [tuple(seconds_per_step(study, run) for run in runs) for runs in paired(study, ADAM, CLIP, DCGAN)]
    rows = [f"{number(gp)}, {number(clip)} and {number(dcgan)}" for gp, clip, dcgan in found]
    claim = Claim(
        "slower_by_the_clock",
        "An iteration takes longer under the penalty (with Adam) than under clipping, and under clipping longer than "
        "the DCGAN's, which has one critic step in place of five.",
        paper="3.5e5, 2.5e5 and 0.85e5 seconds for 200,000: 1.75, 1.25 and 0.43 (read off)",
        measured=f"{'; '.join(rows)} {unit_of(study)}" if rows else None,
        holds=all_hold(verdict for gp, c, d in found for verdict in (_longer(gp, c), _longer(c, d))),
        note="Of whole runs, evaluations included, by their iterations. Times that differ by less than "
        f"{LEVEL:.0%} decide nothing."
        if found
        else None,
    )
    return resting_on(study, claim, [ADAM, CLIP, DCGAN])


def _longer(one: float, other: float) -> bool | None:
    """Return whether a time is longer than another; None where they are level or not known.

    Example:
        >>> _longer(1.2, 1.0), _longer(1.0, 1.2), _longer(1.03, 1.0), _longer(math.nan, 1.0)
        (True, False, None, None)
    """
    if math.isnan(one + other) or abs(one - other) < LEVEL * max(one, other):
        return None
    return one > other


def wandering(curve: Series) -> float:
    """Return the standard deviation of the last evaluations around a straight line; NaN for fewer than 4.

    Example:
        >>> x = np.arange(12.0)
        >>> round(wandering(Series(x, x)), 6), round(wandering(Series(x, x + (-1) ** x)), 2)
        (0.0, 0.89)
    """
    last = math.ceil(SETTLED * len(curve))
    if last < 4:
        return math.nan
    steps, values = curve.steps[-last:], curve.values[-last:]
    return float((values - np.polyval(np.polyfit(steps, values, 1), steps)).std())


def _pairs(
    study: Study, score: Score | None, of: Callable[[Series], float], one: str, other: str
) -> Sequence[Pair]:
    """Return a number of each of two variants' curves, seed by seed."""
    if score is None:
        return []
    return [
        (of(curve_of(study, a, score)), of(curve_of(study, b, score))) for a, b in paired(study, one, other)
    ]


def _judged(pair: Pair, holds: Callable[[float, float], bool]) -> bool | None:
    return None if math.isnan(sum(pair)) else holds(*pair)


def _read_off(of: Callable[[Series], float], one: str, other: str) -> str:
    """Return the same two numbers of the paper's curves."""
    values = [of(_drawn(READ_OFF[name])) for name in (one, other)]
    return f"{number(values[0])} and {number(values[1])} (Inception scores, read off; not comparable with others)"


def _drawn(points: dict[int, float]) -> Series:
    return Series(np.array([*points], dtype=float), np.array([*points.values()]))


def _told(score: Score | None, found: Sequence[Pair], one: str, other: str) -> str | None:
    rows = [f"{number(a)} ({one}) and {number(b)} ({other})" for a, b in found]
    return score.in_its_unit("; ".join(rows)) if score else None
