"""The other weight constraints of WGAN-GP, section 3: like clipping, too simple or unstable (arXiv 1704.00028)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, shown, values_of
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

DECAYS = {"l1_weight_decay": "1", "l2_weight_decay": "1"}
"""With coefficient 0.001 under their own names; beside it, a coefficient that makes a difference."""

EXPLODES, FLAT = 10.0, 0.1
"""Mean slopes above which a critic explodes, and below which it is flat."""

ALIKE = 3.0
"""Slopes that differ by no more than this factor are alike: they range over many decades."""

STEADY = 0.1
"""Decades a layer within which gradients neither vanish nor explode."""

TOLD = "problems similar to those of clipping, no numbers"


NOT_ITS_DOING = (
    "Without any constraint it is the same way: the constraint does not prevent it, and does not cause it."
)
"""Of one that has what the control has, in the same direction."""


def claims(study: Study) -> Iterator[Claim]:
    """Check surfaces, gradients by layer and slopes, of the others beside clipping, the penalties and no constraint."""
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield _surface(study, name)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield gradients(study, name, steady=name in PENALTIES)
    for name in (CLIPPING, *OTHERS, *PENALTIES):
        yield slopes(study, name, near=name in PENALTIES)
    for name, coefficient in DECAYS.items():
        yield no_effect(study, name)
        yield flattens(study, name, coefficient)


def no_effect(study: Study, decay: str) -> Claim:
    """Check that weight decay with the small coefficient holds no slopes, whether the generator is fixed or trained."""
    shallow, deep = (_slopes(study, place, decay) for place in PLACES)
    shallow_without, deep_without = (_slopes(study, place, NONE) for place in PLACES)
    told = [
        f"{place} {shown(found)}, without any constraint {shown(without)}"
        for place, found, without in zip(
            PLACES, (shallow, deep), (shallow_without, deep_without), strict=True
        )
        if found and without
    ]
    low, high = min(shallow_without, default=math.nan), max(shallow_without, default=math.nan)
    claim = Claim(
        f"{decay}_has_no_effect",
        f"{decay} with coefficient 0.001 does not hold slopes: those of the critic of eight Gaussians are as steep as "
        f"without any constraint, to a factor of {ALIKE:g}, and those of the deep one above {EXPLODES:g}, as without.",
        measured="; ".join(told) or None,
        holds=all_hold(
            [
                None
                if math.isnan(low + high)
                else every(shallow, lambda value: high / ALIKE <= value <= ALIKE * low),
                *(every(found, lambda value: value > EXPLODES) for found in (deep, deep_without)),
            ]
        ),
        note="What is wrong with these critics is not owed to the decay. The deep ones are not compared by a factor: "
        "their generators learn, and no two games go the same way.",
    )
    behind = [f"{place}-{name}" for place in PLACES for name in (decay, NONE)]
    return resting_on(study, claim, behind, counted=behind)


def flattens(study: Study, decay: str, coefficient: str) -> Claim:
    """Check that weight decay with the large coefficient makes slopes vanish where they explode without it."""
    variant = f"{decay}_{coefficient}"
    shallow, deep = (_slopes(study, place, variant) for place in PLACES)
    without = _slopes(study, "deep", NONE)
    told = [f"deep {shown(deep)}, without any constraint {shown(without)}"]
    told += [f"eight_gaussians {shown(shallow)}"] if shallow else []
    claim = Claim(
        f"{variant}_flattens",
        f"{decay} with coefficient {coefficient} flattens the deep critic: mean slopes are below {FLAT:g}, where "
        f"without any constraint they are above {EXPLODES:g}.",
        paper=TOLD,
        measured="; ".join(told) if deep else None,
        holds=all_hold(
            [every(deep, lambda value: value < FLAT), every(without, lambda value: value > EXPLODES)]
        ),
        note="With coefficient 0.1 it explodes still, in a trial at the quick profile's size."
        if decay == "l1_weight_decay"
        else None,
    )
    behind = [f"deep-{variant}", f"deep-{NONE}"]
    return resting_on(study, claim, behind, counted=behind)


def _slopes(study: Study, place: str, name: str) -> list[float]:
    """Return the mean slopes of a variant's runs; infinite where one diverged."""
    variant = f"{place}-{name}"
    lost = [math.inf for _ in diverged_runs(study, variant)]
    return [*values_of(study, variant, "slope_line_mean"), *lost]


def gradients(study: Study, constraint: str, *, steady: bool) -> Claim:
    """Check whether gradients vanish or explode in the deep critic; one whose losses became infinite has exploded."""
    variant, control = f"deep-{constraint}", f"deep-{NONE}"
    values, lost = values_of(study, variant, "layer_gradients"), diverged_runs(study, variant)
    without = values_of(study, control, "layer_gradients") if constraint in OTHERS else []
    told = [f"{shown(values)} decades a layer"] if values else []
    told += [_lost(len(lost))] if lost else []
    told += [f"without any constraint {shown(without)}"] if told and without else []
    verdicts = [every(values, lambda value: (abs(value) <= STEADY) == steady)] if values or not lost else []
    claim = Claim(
        f"gradients_under_{constraint}",
        f"12 layers, {constraint}: going back through the layers, gradients "
        f"{'neither vanish nor explode' if steady else 'vanish or explode'}.",
        paper=_published(constraint, f"as in figure 1b, {fig1b.READ_OFF}"),
        measured="; ".join(told) or None,
        holds=all_hold([*verdicts, *(not steady for _ in lost)]),
        note=NOT_ITS_DOING
        if _alike([*values, *(math.inf for _ in lost)], without, -STEADY, STEADY)
        else None,
    )
    behind = [variant, control] if constraint in OTHERS else [variant]
    return resting_on(study, claim, behind, trained=[variant] if steady else (), counted=behind)


def slopes(study: Study, constraint: str, *, near: bool) -> Claim:
    """Check whether the critics' slopes are of the order of 1, shallow and deep."""
    told: list[str] = []
    verdicts: list[bool | None] = []
    alike: list[bool] = []
    for place in PLACES:
        variant = f"{place}-{constraint}"
        values, lost = values_of(study, variant, "slope_line_mean"), diverged_runs(study, variant)
        told += [f"{place} {shown(values)}"] if values else []
        told += [f"{place} {_lost(len(lost))}"] if lost else []
        without = values_of(study, f"{place}-{NONE}", "slope_line_mean") if constraint in OTHERS else []
        told += [f"{place} without any constraint {shown(without)}"] if without else []
        verdicts += [every(values, lambda value: (0.5 <= value <= 2) == near)] if values or not lost else []
        verdicts += [not near for _ in lost]
        alike.append(_alike(_slopes(study, place, constraint), without, 0.5, 2))
    claim = Claim(
        f"slopes_under_{constraint}",
        f"{constraint}: mean slopes between samples are {'within' if near else 'beyond'} a factor of 2 of 1, in both "
        "critics.",
        paper=f"1 ({fig1a.DERIVED})" if near else None,
        measured="; ".join(told) or None,
        holds=all_hold(verdicts),
        note=NOT_ITS_DOING if all(alike) else None,
    )
    names = (constraint, NONE) if constraint in OTHERS else (constraint,)
    behind = [f"{place}-{name}" for place in PLACES for name in names]
    trained = [f"{place}-{constraint}" for place in PLACES] if near else ()
    return resting_on(study, claim, behind, trained=trained, counted=behind)


def _alike(values: Sequence[float], without: Sequence[float], low: float, high: float) -> bool:
    """Return whether all values, and all without any constraint, are beyond the same end of what is wanted."""
    both = [*values, *without] if values and without else []
    return bool(every(both, lambda value: value > high) or every(both, lambda value: value < low))


def _surface(study: Study, constraint: str) -> Claim:
    """Check a surface as in figure 1a; of the others only tell of it, since without a constraint it is alike."""
    control, id_ = f"eight_gaussians-{NONE}", f"surface_under_{constraint}"
    peaks = constraint in PENALTIES
    claim = fig1a.surface(study, constraint, id_, peaks=peaks, beside=() if peaks else (NONE,))
    if constraint not in OTHERS:
        return claim
    without = fig1a.surface_told(study, control)
    told = replace(
        claim,
        statement=f"Eight Gaussians, {constraint}: the maxima of the critic, and where the highest is.",
        paper=TOLD,
        measured=f"{claim.measured}; without any constraint {without}"
        if claim.measured and without
        else claim.measured,
        holds=None,
        note="The critic without any constraint has one maximum near the mean, too: such a surface is not the mark of "
        "a constraint."
        if fig1a.one_near_the_mean(study, control)
        else None,
        criterion=False,
        refutable=True,
    )
    return resting_on(study, told, [control])


def _published(constraint: str, figure: str | None) -> str | None:
    """Return what the paper says: of the others in words, of clipping and its own penalty in a figure."""
    if constraint in OTHERS:
        return TOLD
    return figure if constraint in fig1a.READ_OFF else None


def _lost(count: int) -> str:
    return f"{count} run{'s' if count > 1 else ''} diverged"
