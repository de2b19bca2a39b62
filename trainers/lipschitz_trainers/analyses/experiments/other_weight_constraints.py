"""The other weight constraints of WGAN-GP, section 3: like clipping, too simple or unstable (arXiv 1704.00028)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.evidence import all_hold, every, shown, values_of
from lipschitz_trainers.analyses.experiments import fig1a_value_surfaces as fig1a
from lipschitz_trainers.analyses.experiments import fig1b_gradient_norms as fig1b
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study

OTHERS = ("l2_norm_clipping", "weight_normalization", "l1_weight_decay", "l2_weight_decay")
CLIPPING, TWO, ONE = fig1a.CLIPPING, fig1a.TWO, fig1a.ONE
PENALTIES = (ONE, TWO)
PLACES = ("eight_gaussians", "deep")
"""Two critics: a shallow one, as in figure 1a, and one of 12 layers, as in figure 1b."""

STEADY = 0.1
"""Decades a layer within which gradients neither vanish nor explode."""

TOLD = "problems similar to those of clipping, no numbers"


def claims(study: Study) -> Iterator[Claim]:
    """Check surfaces, gradients by layer and slopes, of the others beside clipping and the penalties."""
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield _surface(study, name, peaks=name in PENALTIES)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield gradients(study, name, steady=name in PENALTIES)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield slopes(study, name, near=name in PENALTIES)


def gradients(study: Study, constraint: str, *, steady: bool) -> Claim:
    """Check whether gradients vanish or explode in the deep critic; one whose losses became infinite has exploded."""
    variant = f"deep-{constraint}"
    how = "neither vanish nor explode" if steady else "vanish or explode"
    found = fig1b.slope(
        study,
        variant,
        f"gradients_under_{constraint}",
        f"12 layers, {constraint}: going back through the layers, gradients {how}.",
        _published(constraint, f"as in figure 1b, {fig1b.READ_OFF}"),
        lambda value: (abs(value) <= STEADY) == steady,
    )
    values, lost = values_of(study, variant, "layer_gradients"), diverged_runs(study, variant)
    if not lost:
        return found if values else replace(found, measured=None)
    verdicts = [*([found.holds] if values else []), not steady]
    told = [*([found.measured] if values else []), _lost(len(lost))]
    return replace(found, measured="; ".join(filter(None, told)), holds=all_hold(verdicts))


def slopes(study: Study, constraint: str, *, near: bool) -> Claim:
    """Check whether the critics' slopes are of the order of 1, shallow and deep."""
    told: list[str] = []
    verdicts: list[bool | None] = []
    for place in PLACES:
        variant = f"{place}-{constraint}"
        values, lost = values_of(study, variant, "slope_line_mean"), diverged_runs(study, variant)
        told += [f"{place} {shown(values)}"] if values else []
        told += [f"{place} {_lost(len(lost))}"] if lost else []
        verdicts += [every(values, lambda value: (0.5 <= value <= 2) == near)] if values or not lost else []
        verdicts += [not near for _ in lost]
    return Claim(
        f"slopes_under_{constraint}",
        f"{constraint}: mean slopes between samples are {'within' if near else 'beyond'} a factor of 2 of 1, in both "
        "critics.",
        paper=f"1 ({fig1a.DERIVED})" if near else None,
        measured="; ".join(told) or None,
        holds=all_hold(verdicts),
    )


def _surface(study: Study, constraint: str, *, peaks: bool) -> Claim:
    claim = fig1a.surface(study, constraint, f"surface_under_{constraint}", peaks=peaks)
    return replace(claim, paper=_published(constraint, claim.paper))


def _published(constraint: str, figure: str | None) -> str | None:
    """Return what the paper says: of the others in words, of clipping and its own penalty in a figure."""
    if constraint in OTHERS:
        return TOLD
    return figure if constraint in fig1a.READ_OFF else None


def _lost(count: int) -> str:
    return f"{count} run{'s' if count > 1 else ''} diverged"
