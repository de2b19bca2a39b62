"""When weight clipping becomes unstable: momentum, rates, critic steps (WGAN, arXiv 1701.07875, section 4)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from lipschitz_trainers.analyses.evidence import all_hold, every, paired, resting_on, runs_of, shown
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.setbacks import setback
from lipschitz_trainers.analyses.study import Study

ONE, FIVE, HUNDRED = "1_critic_step", "5_critic_steps", "100_critic_steps"
WITHOUT = (
    f"rmsprop-{ONE}",
    f"rmsprop-{FIVE}",
    f"rmsprop-{HUNDRED}",
    f"rmsprop_fast-{ONE}",
    f"rmsprop_fast-{FIVE}",
    f"adam_0_fast-{ONE}",
    f"adam_0_fast-{FIVE}",
)
"""Variants without momentum."""

WITH = (
    f"adam_0.9-{ONE}",
    f"adam_0.9-{FIVE}",
    f"adam_0.9-{HUNDRED}",
    f"adam_0.5_fast-{ONE}",
    f"adam_0.5_fast-{FIVE}",
    f"adam_0.9_fast-{ONE}",
    f"adam_0.9_fast-{FIVE}",
)
"""Variants with momentum, the betas of Adam in their names."""

UNSTABLE = 2.0
"""So many times the distance of the best variant is called unstable, as is a rise to so many times an earlier one."""

PAIRS = ((f"adam_0.9-{ONE}", f"rmsprop-{ONE}"), (f"adam_0.9_fast-{ONE}", f"adam_0_fast-{ONE}"))
"""Momentum 0.9 and none, with one critic step, at either rate."""

TOY = "On toy data with small networks; the paper speaks of images and gives no numbers."


def claims(study: Study) -> Iterator[Claim]:
    """Check what makes the generator's distance to the data grow, and where the critic's updates point."""
    late = {variant: late_w1(study, variant) for variant in (*WITHOUT, *WITH)}
    yield without_momentum(study, late)
    yield no_blow_up(study)
    yield with_momentum(study)
    yield blow_up(study)
    yield more_momentum(study)
    yield high_rates(study)
    yield critic_steps(study)
    yield turns_negative(study)
    yield only_then(study, late)


def late_w1(study: Study, variant: str) -> list[float]:
    """Return, for each finished run, the mean distance of generated to real samples in the second half."""
    return [_late(study, run) for run in runs_of(study, variant)]


def setbacks(study: Study, variant: str) -> list[float]:
    """Return, for each finished run, the largest factor by which the distance exceeds an earlier one, over the run."""
    return [_setback(study, run) for run in runs_of(study, variant)]


def negative_share(study: Study, variant: str) -> list[float]:
    """Return, for each finished run, at what share of the evaluations the critic's last step pointed uphill."""
    return [_negative(study, run) for run in runs_of(study, variant)]


def best(late: Mapping[str, Sequence[float]]) -> float:
    """Return the smallest mean over the runs of a variant; NaN without any."""
    means = [float(np.mean(values)) for values in late.values() if values]
    return float(np.nanmin(means)) if means and not np.all(np.isnan(means)) else math.nan


def without_momentum(study: Study, late: Mapping[str, Sequence[float]]) -> Claim:
    """Check that no optimizer without momentum is far off late, at either rate and with any number of critic steps."""
    ratios = {variant: [value / best(late) for value in late[variant]] for variant in WITHOUT}
    claim = Claim(
        "stable_without_momentum",
        "With RMSProp, and with Adam without momentum, clipping comes to a stable end: the distance to the data in the "
        f"second half is at most {UNSTABLE:g} times that of the best variant.",
        paper="RMSProp is stable",
        measured=_span(ratios.values(), "times"),
        holds=all_hold(every(values, lambda ratio: ratio <= UNSTABLE) for values in ratios.values()),
    )
    return resting_on(study, claim, (*WITHOUT, *WITH), trained=WITHOUT)


def no_blow_up(study: Study) -> Claim:
    """Check that without momentum the distance never rises far above an earlier one, from the first evaluation on."""
    found = {variant: setbacks(study, variant) for variant in WITHOUT}
    claim = Claim(
        "no_blow_up_without_momentum",
        "With RMSProp, and with Adam without momentum, the distance never rises, over the whole run, to more than "
        f"{UNSTABLE:g} times an earlier one.",
        paper="RMSProp is stable",
        measured=_largest(found),
        holds=all_hold(every(values, lambda factor: factor <= UNSTABLE) for values in found.values()),
        note=TOY,
    )
    return resting_on(study, claim, WITHOUT, trained=WITHOUT)


def blow_up(study: Study) -> Claim:
    """Check that with momentum 0.9 and one critic step it does, and further than without, at both rates."""
    found = [[(_setback(study, a), _setback(study, b)) for a, b in paired(study, *pair)] for pair in PAIRS]
    factors, beside = ([values[i] for pairs in found for values in pairs] for i in (0, 1))
    claim = Claim(
        "blow_up_with_momentum",
        f"With momentum 0.9 and one critic step the distance does rise to more than {UNSTABLE:g} times an "
        "earlier one, and by more than without momentum, at both rates.",
        paper="the loss blows up at times",
        measured=f"{_span([factors], 'times')}; without momentum {_span([beside], 'times')}"
        if factors
        else None,
        holds=all_hold(
            all_hold([every([a], lambda one: one > UNSTABLE), every([a - b], lambda more: more > 0)])
            for pairs in found
            for a, b in pairs
        ),
        note=TOY,
    )
    return resting_on(study, claim, [name for pair in PAIRS for name in pair])


def with_momentum(study: Study) -> Claim:
    """Check that momentum 0.9 is unstable with one critic step, at both rates."""
    ratios = [_ratios(study, *pair) for pair in PAIRS]
    claim = Claim(
        "unstable_with_momentum",
        f"With momentum 0.9 and one critic step the distance is at least {UNSTABLE:g} times that without momentum, at "
        "both rates.",
        paper="unstable at times",
        measured=_span(ratios, "times"),
        holds=all_hold(every(values, lambda ratio: ratio >= UNSTABLE) for values in ratios),
        note=TOY,
    )
    return resting_on(study, claim, [name for pair in PAIRS for name in pair])


def more_momentum(study: Study) -> Claim:
    """Check that the distance grows with momentum, all else being equal."""
    names = [f"adam_{beta}_fast-{ONE}" for beta in ("0", "0.5", "0.9")]
    rows = [[_late(study, run) for run in runs] for runs in paired(study, *names)]
    claim = Claim(
        "the_more_momentum_the_worse",
        "Adam with one critic step: the distance grows from momentum 0 to 0.5 to 0.9.",
        paper="momentum is suspected",
        measured=", ".join(shown(values) for values in zip(*rows, strict=True)) if rows else None,
        holds=all_hold(_rising(row) for row in rows),
    )
    return resting_on(study, claim, names)


def high_rates(study: Study) -> Claim:
    """Check whether twenty times the rate alone makes RMSProp unstable."""
    pairs = [(f"rmsprop_fast-{steps}", f"rmsprop-{steps}") for steps in (ONE, FIVE)]
    ratios = [_ratios(study, *pair) for pair in pairs]
    claim = Claim(
        "unstable_with_high_rates",
        f"With RMSProp at 20 times the rate, 1e-3, the distance is at least {UNSTABLE:g} times as large.",
        paper="unstable at times with high rates",
        measured=_span(ratios, "times"),
        holds=all_hold(every(values, lambda ratio: ratio >= UNSTABLE) for values in ratios),
        note=f"Clipping bounds how far a high rate carries a weight. {TOY}",
    )
    return resting_on(study, claim, [name for pair in pairs for name in pair])


def critic_steps(study: Study) -> Claim:
    """Check that more critic steps make up for momentum."""
    names = [f"adam_0.9-{steps}" for steps in (ONE, FIVE, HUNDRED)]
    rows = [[_late(study, run) for run in runs] for runs in paired(study, *names)]
    against = _ratios(study, names[-1], f"rmsprop-{HUNDRED}")
    claim = Claim(
        "critic_steps_make_up_for_momentum",
        "With momentum 0.9 the distance falls from 1 to 5 to 100 critic steps, where it is at most 1.5 times that of "
        "RMSProp.",
        paper="the better the critic is trained, the better its gradient",
        measured=f"{', '.join(shown(v) for v in zip(*rows, strict=True))}; {_span([against], 'times')}"
        if rows
        else None,
        holds=all_hold([*(_rising(row[::-1]) for row in rows), every(against, lambda ratio: ratio <= 1.5)]),
    )
    return resting_on(study, claim, [*names, f"rmsprop-{HUNDRED}"])


def turns_negative(study: Study) -> Claim:
    """Check that the cosine between step and gradient turns negative where training is at its most unstable."""
    found = negative_share(study, f"adam_0.9_fast-{ONE}")
    claim = Claim(
        "cosine_turns_negative",
        "With momentum 0.9, one critic step and the high rate, the critic's step points against its gradient now and "
        "then.",
        paper="usually negative when the loss blows up",
        measured=f"at {shown([100 * share for share in found])} % of the evaluations" if found else None,
        holds=every(found, lambda share: share > 0),
        note="Without momentum it cannot: there the step is the gradient, each entry by a positive factor.",
    )
    return resting_on(study, claim, [f"adam_0.9_fast-{ONE}"])


def only_then(study: Study, late: Mapping[str, Sequence[float]]) -> Claim:
    """Check that it never does in a stable run with momentum."""
    floor = best(late)
    shares = {
        variant: [
            share
            for share, value, factor in zip(
                negative_share(study, variant), late[variant], setbacks(study, variant), strict=True
            )
            if value <= UNSTABLE * floor and factor <= UNSTABLE
        ]
        for variant in WITH
    }
    stable = {variant: values for variant, values in shares.items() if values}
    largest = max((max(values), variant) for variant, values in stable.items()) if stable else None
    claim = Claim(
        "cosine_is_negative_only_then",
        "In stable runs with momentum the step never points against the gradient.",
        paper="negative only in situations of instability",
        measured=f"at {100 * largest[0]:.3g} % of the evaluations under {largest[1]}" if largest else None,
        holds=all_hold(every(values, lambda share: share == 0) for values in stable.values()),
        note="Near the critic's optimum the gradients of batches disagree, and their average may point against one of "
        "them, without harm.",
    )
    return resting_on(study, claim, (*WITHOUT, *WITH), pooled=True)


def _late(study: Study, run: RunResult) -> float:
    values = read_history(study.run_folder(run), only=()).evaluated("w1").values
    return float(values[len(values) // 2 :].mean()) if len(values) else math.nan


def _setback(study: Study, run: RunResult) -> float:
    return setback(read_history(study.run_folder(run), only=()).evaluated("w1").values)


def _negative(study: Study, run: RunResult) -> float:
    values = read_history(study.run_folder(run), only=()).evaluated("update_cosine").values
    return float((values < 0).mean()) if len(values) else math.nan


def _rising(values: Sequence[float]) -> bool | None:
    """Return whether each value is larger than the one before; None if one is NaN."""
    return None if any(map(math.isnan, values)) else all(a < b for a, b in itertools.pairwise(values))


def _ratios(study: Study, one: str, other: str) -> list[float]:
    return [_late(study, a) / _late(study, b) for a, b in paired(study, one, other)]


def _span(found: Iterable[Sequence[float]], unit: str) -> str | None:
    values = [value for some in found for value in some]
    return f"{shown([min(values)])} to {shown([max(values)])} {unit}" if values else None


def _largest(found: Mapping[str, Sequence[float]]) -> str | None:
    """Return the largest of all values with the variant it is of, and the largest of the other variants."""
    known = sorted(((max(values), variant) for variant, values in found.items() if values), reverse=True)
    if not known:
        return None
    others = f"; under the others at most {shown([known[1][0]])} times" if len(known) > 1 else ""
    return f"{shown([known[0][0]])} times under {known[0][1]}{others}"
