"""Figure 1b of WGAN-GP: gradients through deep critics, and the weights behind them (arXiv 1704.00028, section 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from lipschitz_trainers.analyses.artifacts import WeightHistogram, read_weights
from lipschitz_trainers.analyses.evidence import all_hold, every, runs_of, shown, values_of
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

PENALTY = "two_sided_gradient_penalty"
READ_OFF = "read off the figure"
CLOSE = 0.2
"""Decades a layer that a slope may differ from the one read off the figure."""

EDGE = 0.95
"""Weights above this part of the largest one are at the bound."""

MOST = 0.99
"""Share of the weights that a hump is looked for among: the few of a narrow first layer are far larger."""


def claims(study: Study) -> Iterator[Claim]:
    """Check the slopes by layer, and how the weights are distributed."""
    for bound, decades in (("0.001", -1.8), ("0.01", -0.82)):
        yield slope(
            study,
            f"clipping_{bound}",
            f"vanishes_at_{bound}",
            f"Clipped at {bound}, gradients vanish from layer to layer, going back.",
            f"{decades} decades a layer, {READ_OFF}",
            lambda value, decades=decades: abs(value - decades) <= CLOSE,
        )
    yield slope(
        study,
        "clipping_0.1",
        "explodes_at_0.1",
        "Clipped at 0.1, they explode.",
        f"+1.45 decades a layer, {READ_OFF}",
        lambda value: value > 0.1,
        note="The slope grows with training, from that of the initial weights; the figure is of a later step.",
    )
    yield slope(
        study,
        PENALTY,
        "steady_under_the_penalty",
        "Under the gradient penalty they neither vanish nor explode.",
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
    note: str | None = None,
) -> Claim:
    """Check the mean change of the gradient's norm from a layer to the one before it."""
    values = values_of(study, variant, "layer_gradients")
    return Claim(id_, statement, paper, shown(values, "decades a layer"), every(values, holds), note)


def at_the_bounds(study: Study, variant: str) -> Claim:
    """Check which share of the weights is as large as the largest, on either side."""
    found = [_at_the_ends(one) for one in _weights(study, variant)]
    low, high = ([ends[side] for ends in found] for side in (0, 1))
    return Claim(
        "weights_at_the_bound",
        f"The weights of the critic under {variant} are at both bounds: more than a quarter of them at each.",
        paper="spikes at both bounds",
        measured=f"{_percent(low)} and {_percent(high)} within 5 % of the largest, below and above 0"
        if found
        else None,
        holds=all_hold(every(shares, lambda share: share > 0.25) for shares in (low, high)),
    )


def spread(study: Study, variant: str) -> Claim:
    """Check that weights lie around 0, and not at two values far from it."""
    found = [_within(one) for one in _weights(study, variant)]
    middle, outside = [share for share, _ in found], [share for _, share in found]
    return Claim(
        "weights_spread",
        f"The weights of the critic under {variant} are spread out: of the range that 99 % of them lie in, the inner "
        "half has at least 40 % of them, the outer fifth at most a third.",
        paper="one broad hump",
        measured=f"{_percent(middle)} in the inner half, {_percent(outside)} in the outer fifth"
        if found
        else None,
        holds=all_hold(
            [every(middle, lambda share: share >= 0.4), every(outside, lambda share: share <= 1 / 3)]
        ),
        note="Weights that are uniform, as at the start, have half and a fifth of them there.",
    )


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
