"""Proposition 1 of WGAN-GP: gradients along optimally coupled segments (arXiv 1704.00028, section 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, shown, values_of
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

SETS = ("eight_gaussians", "scaled_gaussians")
KNOWN = "scaled_gaussians"
"""The set whose plan is known in closed form."""

SHAPES = ("two_sided", "one_sided")
PAIRINGS = ("random", "coupled")
PENALTIES = tuple(f"{shape}-{pairing}" for shape in SHAPES for pairing in PAIRINGS)
CLIPPING = "weight_clipping"
CLOSE = 0.1
"""How far from 1 a slope may be; with coefficient 10 and distance d the best one is 1 + d / 20."""


def claims(study: Study) -> Iterator[Claim]:
    """Check norm and direction on coupled segments, and what random ones have instead."""
    yield unit_norm(study)
    yield direction(study)
    yield increment(study)
    yield at_the_samples(study)
    yield known_plan(study)
    yield elsewhere(study)
    yield clipping(study)
    yield pairing(study)


def measured(
    study: Study, key: str, variants: Iterable[str] = PENALTIES, sets: Iterable[str] = SETS
) -> list[list[float]]:
    """Return a metric of each variant on each set; an empty list where there are no runs."""
    return [values_of(study, name, key) for name in names(variants, sets)]


def names(variants: Iterable[str] = PENALTIES, sets: Iterable[str] = SETS) -> list[str]:
    """Return the full names of variants on sets."""
    constraints = list(variants)
    return [f"{name}-{variant}" for name in sets for variant in constraints]


def unit_norm(study: Study) -> Claim:
    """Check that the norm on coupled segments is 1, and the same everywhere."""
    means, spreads = measured(study, "coupled_slope_mean"), measured(study, "coupled_slope_std")
    claim = Claim(
        "unit_norm_on_coupled_segments",
        "On segments between optimally coupled samples, penalized critics have gradient norm 1 (to 0.1, and spread by "
        "no more than 0.15).",
        paper="1, almost surely",
        measured=f"{_range(means)}, spread {_range(spreads)}",
        holds=all_hold([_close_to_one(means), *(every(v, lambda std: std <= 0.15) for v in spreads)]),
    )
    return resting_on(study, claim, names())


def direction(study: Study) -> Claim:
    """Check that the gradient on coupled segments points from the generated to the real sample."""
    found = measured(study, "coupled_cosine")
    claim = Claim(
        "towards_the_data_on_coupled_segments",
        "There the gradient points along the segment, from the generated to the real sample: mean cosine above 0.95.",
        paper="1, almost surely",
        measured=_range(found),
        holds=all_hold(every(values, lambda cosine: cosine > 0.95) for values in found),
    )
    return resting_on(study, claim, names())


def increment(study: Study) -> Claim:
    """Check that the score gains the length of a coupled segment."""
    found = measured(study, "coupled_increment")
    claim = Claim(
        "score_gains_the_length_of_coupled_segments",
        "From one end of a coupled segment to the other the score grows by its length (to a tenth).",
        paper="equal, almost surely",
        measured=f"{_range(found)} times the length",
        holds=_close_to_one(found),
    )
    return resting_on(study, claim, names())


def at_the_samples(study: Study) -> Claim:
    """Check corollary 1."""
    found = [*measured(study, "slope_real_mean"), *measured(study, "slope_fake_mean")]
    claim = Claim(
        "unit_norm_at_the_samples",
        "At real and at generated samples, penalized critics have mean gradient norm 1 (to 0.1).",
        paper="1, almost everywhere (corollary 1)",
        measured=_range(found),
        holds=_close_to_one(found),
    )
    return resting_on(study, claim, names())


def known_plan(study: Study) -> Claim:
    """Check the same on segments of a plan that is known, and not computed from samples."""
    means, cosines = (measured(study, f"known_{key}", sets=[KNOWN]) for key in ("slope_mean", "cosine"))
    claim = Claim(
        "so_it_is_on_the_known_plan",
        "On segments of the plan between the distributions themselves, where that is known: norm 1 (to 0.1), mean "
        "cosine above 0.95.",
        paper="both 1",
        measured=f"norm {_range(means)}, cosine {_range(cosines)}",
        holds=all_hold(
            [_close_to_one(means), *(every(values, lambda cosine: cosine > 0.95) for values in cosines)]
        ),
        note="The plan between samples is only close to it: short segments depend on which samples were drawn.",
    )
    return resting_on(study, claim, names(sets=[KNOWN]))


def elsewhere(study: Study) -> Claim:
    """Check that random segments are another matter."""
    found = measured(study, "random_cosine")
    claim = Claim(
        "not_on_random_segments",
        "On segments between samples paired at random the gradient does not point along the segment: mean cosine below "
        "0.9.",
        paper="claimed of optimally coupled samples only",
        measured=_range(found),
        holds=all_hold(every(values, lambda cosine: cosine < 0.9) for values in found),
    )
    return resting_on(study, claim, names())


def clipping(study: Study) -> Claim:
    """Check that clipped critics miss the norm, whatever their direction."""
    slopes, cosines = (measured(study, f"coupled_{key}", [CLIPPING]) for key in ("slope_mean", "cosine"))
    claim = Claim(
        "clipped_critics_have_another_norm",
        "On coupled segments, critics under weight clipping have a gradient norm far below 1.",
        paper="far below 1 (derived, no number in the paper)",
        measured=f"norm {_range(slopes)}, cosine {_range(cosines)}",
        holds=all_hold(every(values, lambda slope: slope < 0.1) for values in slopes),
    )
    return resting_on(study, claim, names([CLIPPING]))


def pairing(study: Study) -> Claim:
    """Say what it changes to look for the penalty between coupled samples instead of random ones."""
    told: list[str] = []
    for pairs in PAIRINGS:
        variants = [f"{shape}-{pairs}" for shape in SHAPES]
        means, cosines = (measured(study, f"coupled_{key}", variants) for key in ("slope_mean", "cosine"))
        told.append(f"{pairs}: norm {_range(means)}, cosine {_range(cosines)}")
    claim = Claim(
        "where_the_penalty_looks",
        "Norm and cosine on coupled segments, by where the penalty looks: between samples paired at random, or coupled "
        "within the batch.",
        measured="; ".join(told),
        note="No claim of the paper's, which pairs at random. To couple costs an assignment problem a critic step.",
        criterion=False,
    )
    return resting_on(study, claim, names())


def _close_to_one(found: list[list[float]]) -> bool | None:
    return all_hold(every(values, lambda value: abs(value - 1) <= CLOSE) for values in found)


def _range(found: list[list[float]]) -> str:
    values = [value for some in found for value in some]
    return f"{shown([min(values)])} to {shown([max(values)])}" if values else "nothing"
