"""Figure 1b of WGAN-GP: gradients through deep critics, and the weights behind them (arXiv 1704.00028, section 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from lipschitz_trainers.analyses.artifacts import read_weights
from lipschitz_trainers.analyses.evidence import every, runs_of, shown, values_of
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

PENALTY = "two_sided_gradient_penalty"
READ_OFF = "read off the figure"
CLOSE = 0.2
"""Decades a layer that a slope may differ from the one read off the figure."""

EDGE = 0.95
"""Weights above this part of the largest one are at the bound."""


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
    yield weights(study, "clipping_0.01", "weights_at_the_bound", "at the bounds", lambda share: share > 0.5)
    yield weights(study, PENALTY, "weights_spread", "spread out", lambda share: share < 0.01)


def slope(
    study: Study,
    variant: str,
    id_: str,
    statement: str,
    paper: str,
    holds: Callable[[float], bool],
    note: str | None = None,
) -> Claim:
    """Check the mean change of the gradient's norm from a layer to the one before it."""
    values = values_of(study, variant, "layer_gradients")
    return Claim(id_, statement, paper, shown(values, "decades a layer"), every(values, holds), note)


def weights(study: Study, variant: str, id_: str, where: str, holds: Callable[[float], bool]) -> Claim:
    """Check which share of the weights is as large as the largest."""
    found = [read_weights(study.run_folder(run)) for run in runs_of(study, variant)]
    shares = [math.nan if one is None else one.share_beyond(EDGE) for one in found]
    return Claim(
        id_,
        f"The weights of the critic under {variant} are {where}.",
        paper="spikes at both bounds" if where == "at the bounds" else "one broad hump",
        measured=f"{shown([100 * share for share in shares])} % within 5 % of the largest",
        holds=every(shares, holds),
    )
