"""Figure 1b of WGAN-GP: gradients through deep critics, and the weights behind them (arXiv 1704.00028, section 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import WeightHistogram, read_weights
from lipschitz_trainers.analyses.evidence import (
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

PENALTY = "two_sided_gradient_penalty"
UNTRAINED = "untrained_"
"""How the names of the variants begin that have the initial weights, clipped where the constraint clips."""

READ_OFF = "read off the figure"
CLOSE = 0.2
"""Decades a layer that a slope may differ from the one read off the figure."""

EXPLODES = 0.7
"""Decades a layer from which gradients explode, about half of what the figure shows: the slope grows with training."""

EDGE = 0.95
"""Weights above this part of the largest one are at the bound."""

MOST = 0.99
"""Share of the weights that a hump is looked for among: the few of a narrow first layer are far larger."""


def claims(study: Study) -> Iterator[Claim]:
    """Check the slopes by layer, and how the weights are distributed; say what untrained critics have of both."""
    for bound, decades in (("0.001", -1.8), ("0.01", -0.82)):
        yield slope(
            study,
            f"clipping_{bound}",
            f"vanishes_at_{bound}",
            f"Clipped at {bound}, gradients vanish from layer to layer, going back: as in the figure, to {CLOSE} "
            "decades a layer.",
            f"{decades} decades a layer, {READ_OFF}",
            lambda value, decades=decades: abs(value - decades) <= CLOSE,
        )
    yield explodes(study)
    yield slope(
        study,
        PENALTY,
        "steady_under_the_penalty",
        "Under the gradient penalty they neither vanish nor explode: at most 0.1 decades a layer.",
        f"about 0, {READ_OFF}",
        lambda value: abs(value) <= 0.1,
    )
    yield at_the_bounds(study, "clipping_0.01")
    yield spread(study, PENALTY)


def slope(
    study: Study,
    variant: str,
    id_: str,
    statement: str,
    paper: str | None,
    holds: Callable[[float], bool],
) -> Claim:
    """Check the mean change of the gradient's norm from a layer to the one before it."""
    values, before = (values_of(study, name, "layer_gradients") for name in (variant, UNTRAINED + variant))
    verdict = every(values, holds)
    claim = Claim(
        id_,
        statement,
        paper,
        shown(values, "decades a layer") + (_untrained(shown(before)) if before else ""),
        verdict,
        _owed(verdict, every(before, holds)),
    )
    return resting_on(study, claim, [variant], trained=[variant] if variant == PENALTY else [])


def explodes(study: Study) -> Claim:
    """Check that gradients explode under the largest bound, where runs are long enough."""
    variant = "clipping_0.1"
    found = slope(
        study,
        variant,
        "explodes_at_0.1",
        f"Clipped at 0.1, they explode: by {EXPLODES} decades a layer and more.",
        f"+1.45 decades a layer, {READ_OFF}",
        lambda value: value >= EXPLODES,
    )
    told = f"The slope grows with training; which step the figure is of is not known. {steps_told(study, [variant])}"
    return replace(
        found,
        **weighed(study, found.holds, [variant]),
        note=" ".join(filter(None, (found.note, told.rstrip()))),
    )


def at_the_bounds(study: Study, variant: str) -> Claim:
    """Check which share of the weights is as large as the largest, on either side."""
    verdict, told = _measured(study, variant, _at_the_ends, _judged_ends)
    before, told_before = _measured(study, UNTRAINED + variant, _at_the_ends, _judged_ends)
    claim = Claim(
        "weights_at_the_bound",
        f"The weights of the critic under {variant} are at both bounds: more than a quarter of them at each.",
        paper="spikes at both bounds",
        measured=f"{told} within 5 % of the largest, below and above 0{_untrained(told_before)}"
        if told
        else None,
        holds=verdict,
        note=_owed(verdict, before),
    )
    return resting_on(study, claim, [variant])


def spread(study: Study, variant: str) -> Claim:
    """Check that weights lie around 0, and not at two values far from it."""
    verdict, told = _measured(study, variant, _within, _judged_spread)
    before, told_before = _measured(study, UNTRAINED + variant, _within, _judged_spread)
    uniform = "Weights that are uniform, as at the start, have half and a fifth of them there."
    claim = Claim(
        "weights_spread",
        f"The weights of the critic under {variant} are spread out: of the range that 99 % of them lie in, the inner "
        "half has at least 40 % of them, the outer fifth at most a third.",
        paper="one broad hump",
        measured=f"{told} in the inner half and in the outer fifth{_untrained(told_before)}"
        if told
        else None,
        holds=verdict,
        note=" ".join(filter(None, (uniform, _owed(verdict, before)))),
    )
    return resting_on(study, claim, [variant])


def _owed(verdict: bool | None, before: bool | None) -> str | None:
    """Return whether what holds does so of the initial weights; None where it does not hold, or is not known."""
    if not verdict or before is None:
        return None
    if before:
        return "Holds of the initial weights already: the untrained critic passes too."
    return "Owed to training: the untrained critic does not pass."


def _untrained(told: str | None) -> str:
    return f"; untrained {told}" if told else ""


def _measured(
    study: Study,
    variant: str,
    shares: Callable[[WeightHistogram | None], tuple[float, float]],
    judged: Callable[[list[float], list[float]], bool | None],
) -> tuple[bool | None, str | None]:
    """Return the verdict on two shares of a variant's weights, and the shares in words; None without runs."""
    found = [shares(one) for one in _weights(study, variant)]
    if not found:
        return None, None
    first, second = [one for one, _ in found], [one for _, one in found]
    return judged(first, second), f"{_percent(first)} and {_percent(second)}"


def _judged_ends(low: list[float], high: list[float]) -> bool | None:
    return all_hold(every(shares, lambda share: share > 0.25) for shares in (low, high))


def _judged_spread(middle: list[float], outside: list[float]) -> bool | None:
    return all_hold([every(middle, lambda share: share >= 0.4), every(outside, lambda share: share <= 1 / 3)])


def _weights(study: Study, variant: str) -> list[WeightHistogram | None]:
    return [read_weights(study.run_folder(run)) for run in runs_of(study, variant)]


def _at_the_ends(found: WeightHistogram | None) -> tuple[float, float]:
    """Return the shares of weights within 5 % of the largest, below and above 0; NaN without a histogram."""
    if found is None:
        return math.nan, math.nan
    centres, shares, reach = *_shares(found), float(found.edges[-1])
    return float(shares[centres < -EDGE * reach].sum()), float(shares[centres > EDGE * reach].sum())


def _within(found: WeightHistogram | None) -> tuple[float, float]:
    """Return the shares of weights in the inner half and the outer fifth of the range of most; NaN without any."""
    if found is None:
        return math.nan, math.nan
    centres, shares = _shares(found)
    sizes = np.abs(centres)
    order = np.argsort(sizes)
    reach = sizes[order][np.searchsorted(np.cumsum(shares[order]), MOST)] if shares.any() else math.nan
    return float(shares[sizes <= 0.5 * reach].sum()), float(shares[sizes > 0.8 * reach].sum())


def _shares(found: WeightHistogram) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of each bin, and the share of the weights in it."""
    edges, counts = found.edges.astype(np.float64), found.counts.astype(np.float64)
    return (edges[1:] + edges[:-1]) / 2, counts / max(counts.sum(), 1.0)


def _percent(shares: list[float]) -> str:
    return f"{shown([100 * share for share in shares])} %"
