"""The other weight constraints of WGAN-GP, section 3: like clipping, too simple or unstable (arXiv 1704.00028)."""

from __future__ import annotations

import math
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

NONE = "none"
"""The control: what a critic does without any constraint."""

DECAYS = {"l1_weight_decay": "0.1", "l2_weight_decay": "1"}
"""With coefficient 0.001 under their own names; beside it, a coefficient that makes a difference."""

TRIED = {"l1_weight_decay": "0.001, 0.01, 0.1 and 1", "l2_weight_decay": "0.001, 0.1, 1 and 10"}
"""Coefficients that were tried at the quick profile's size."""

ALIKE = 3.0
"""Slopes that differ by no more than this factor are alike: they range over 14 decades."""

STEADY = 0.1
"""Decades a layer within which gradients neither vanish nor explode."""

TOLD = "problems similar to those of clipping, no numbers"


def claims(study: Study) -> Iterator[Claim]:
    """Check surfaces, gradients by layer and slopes, of the others beside clipping, the penalties and no constraint."""
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield _surface(study, name, peaks=name in PENALTIES)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield gradients(study, name, steady=name in PENALTIES)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield slopes(study, name, near=name in PENALTIES)
    for name, coefficient in DECAYS.items():
        yield no_effect(study, name)
        yield flattens(study, name, coefficient)


def no_effect(study: Study, decay: str) -> Claim:
    """Check that weight decay with the small coefficient leaves slopes as they are without any constraint."""
    told, verdicts = [], []
    for place in PLACES:
        found, control = _slopes(study, place, decay), _slopes(study, place, NONE)
        if found and control:
            told.append(f"{place} {shown(found)}, without any constraint {shown(control)}")
            verdicts.append(every(found, lambda value, c=control: max(c) / ALIKE <= value <= ALIKE * min(c)))
        else:
            verdicts.append(None)
    return Claim(
        f"{decay}_has_no_effect",
        f"{decay} with coefficient 0.001 does not hold slopes: in both critics they are as steep as without any "
        f"constraint, to a factor of {ALIKE:g}. What is wrong with these critics is not owed to the decay.",
        measured="; ".join(told) or None,
        holds=all_hold(verdicts),
    )


def flattens(study: Study, decay: str, coefficient: str) -> Claim:
    """Check that weight decay with the large coefficient makes slopes vanish where they explode without it."""
    variant = f"{decay}_{coefficient}"
    shallow, deep = (_slopes(study, place, variant) for place in PLACES)
    without = _slopes(study, "deep", NONE)
    measured = (
        f"deep {shown(deep)}, without any constraint {shown(without)}; eight_gaussians {shown(shallow)}"
    )
    return Claim(
        f"{variant}_flattens",
        f"{decay} with coefficient {coefficient} flattens the deep critic: mean slopes are below 0.1, where without "
        "any constraint they are above 10.",
        paper=TOLD,
        measured=measured if deep else None,
        holds=all_hold([every(deep, lambda value: value < 0.1), every(without, lambda value: value > 10)]),
        note=f"Of the coefficients {TRIED[decay]}, tried at the quick profile's size, none holds both critics near "
        "slope 1: the deep one's slopes either explode or vanish.",
    )


def _slopes(study: Study, place: str, name: str) -> list[float]:
    """Return the mean slopes of a variant's runs; infinite where one diverged."""
    variant = f"{place}-{name}"
    lost = [math.inf for _ in diverged_runs(study, variant)]
    return [*values_of(study, variant, "slope_line_mean"), *lost]


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
    found = _beside(study, found, constraint, "deep", "layer_gradients")
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
        control = values_of(study, f"{place}-{NONE}", "slope_line_mean")
        told += (
            [f"{place} without any constraint {shown(control)}"] if constraint in OTHERS and control else []
        )
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
    claim = replace(claim, paper=_published(constraint, claim.paper))
    return _beside(study, claim, constraint, "eight_gaussians", "mode_over_centre")


def _beside(study: Study, claim: Claim, constraint: str, place: str, key: str) -> Claim:
    """Return a claim with the control's value beside that of another weight constraint."""
    control = values_of(study, f"{place}-{NONE}", key)
    if constraint not in OTHERS or not control or claim.measured is None:
        return claim
    return replace(claim, measured=f"{claim.measured}; without any constraint {shown(control)}")


def _published(constraint: str, figure: str | None) -> str | None:
    """Return what the paper says: of the others in words, of clipping and its own penalty in a figure."""
    if constraint in OTHERS:
        return TOLD
    return figure if constraint in fig1a.READ_OFF else None


def _lost(count: int) -> str:
    return f"{count} run{'s' if count > 1 else ''} diverged"
