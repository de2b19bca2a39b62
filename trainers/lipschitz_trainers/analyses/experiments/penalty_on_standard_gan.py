"""Whether gradient penalties make standard and least-squares GANs more stable; the paper leaves it to future work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    paired,
    resting_on,
    runs_of,
    shown,
    steps_told,
    weighed,
)
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.setbacks import came_back, setback
from lipschitz_trainers.analyses.study import Study

OBJECTIVES = ("non_saturating", "minimax", "least_squares")
NONE = "none"
PENALTIES = ("one_sided_gradient_penalty", "two_sided_gradient_penalty")

TWO_SIDED = PENALTIES[1]

WANTS_SLOPE = (
    "A two-sided penalty wants slope 1 everywhere, also where the discriminator of a bounded objective is best left "
    "flat."
)
AT_FIRST = "Generators are driven far off at first and come back later; longer runs may end otherwise."

STEADY = 1.25
"""Distances of as few samples as are compared go up and down by less than this factor."""

NOT_THERE = "future work, no experiment"
"""What the paper says on every claim here."""

Pairs = Mapping[str, Sequence[tuple[float, float]]]
"""By objective, for each seed: a number with the penalty, and without."""


def claims(study: Study) -> Iterator[Claim]:
    """Check distances, setbacks, slopes and modes, each penalty against none, seed by seed."""
    for penalty in PENALTIES:
        runs = {
            objective: paired(study, f"{objective}-{penalty}", f"{objective}-{NONE}")
            for objective in OBJECTIVES
        }
        for objective in OBJECTIVES:
            yield closer(study, objective, penalty)
        yield steadier(study, penalty, runs)
        yield flatter(study, penalty, runs)
        yield more_modes(study, penalty, runs)


def distances(study: Study, run: RunResult) -> NDArray[np.float64]:
    """Return the distances of generated to real samples over training, one an evaluation."""
    return read_history(study.run_folder(run), only=()).evaluated("w1").values


def closer(study: Study, objective: str, penalty: str) -> Claim:
    """Check that generated samples end closer to the data with the penalty."""
    variants = [f"{objective}-{penalty}", f"{objective}-{NONE}"]
    found = [(_last(study, run), _last(study, plain)) for run, plain in paired(study, *variants)]
    holds = _all_below({objective: found})
    claim = Claim(
        f"closer_{objective}_{penalty}",
        f"With the {objective} objective, samples end closer to the data under {penalty} than without, for each seed.",
        paper=NOT_THERE,
        measured=_against({objective: found}),
        holds=holds,
        note=_why(study, penalty, [objective], holds),
    )
    return resting_on(study, claim, variants, trained=variants[:1])


def steadier(study: Study, penalty: str, runs: Mapping[str, Sequence[tuple[RunResult, ...]]]) -> Claim:
    """Check that distances over training, once small, stay so with the penalty."""
    found = {
        objective: [
            (setback(distances(study, run)), setback(distances(study, plain))) for run, plain in pairs
        ]
        for objective, pairs in runs.items()
    }
    holds = all_hold([_complete(found), *(_at_most(a, STEADY) for pairs in found.values() for a, _ in pairs)])
    claim = Claim(
        f"steadier_{penalty}",
        f"Under {penalty} the distance never rises to more than {STEADY:g} times the smallest one before, for each "
        "objective and seed; measured are the largest factors, with the penalty and without.",
        paper=NOT_THERE,
        measured=_against(found, "times"),
        holds=holds,
        note=_why(study, penalty, OBJECTIVES, holds),
    )
    penalized, plain = _behind(penalty)
    return resting_on(study, claim, [*penalized, *plain], trained=penalized)


def flatter(study: Study, penalty: str, runs: Mapping[str, Sequence[tuple[RunResult, ...]]]) -> Claim:
    """Check that critics are less steep with the penalty."""
    found = _of(runs, "slope_line_mean")
    claim = Claim(
        f"flatter_{penalty}",
        f"Critics are at most 1.1 steep on average under {penalty}, and steeper without, for each objective and seed.",
        paper=NOT_THERE,
        measured=_against(found),
        holds=all_hold(
            [_all_below(found), *(_at_most(a, 1.1) for pairs in found.values() for a, _ in pairs)]
        ),
    )
    penalized, plain = _behind(penalty)
    return resting_on(study, claim, [*penalized, *plain])


def more_modes(study: Study, penalty: str, runs: Mapping[str, Sequence[tuple[RunResult, ...]]]) -> Claim:
    """Check that all eight modes are covered with the penalty."""
    found = _of(runs, "mode_coverage")
    reached = all_hold([_complete(found), *(_at_least(a, 8) for pairs in found.values() for a, _ in pairs)])
    penalized, plain = _behind(penalty)
    verdict = weighed(study, reached, penalized)
    claim = Claim(
        f"modes_{penalty}",
        f"All 8 modes are covered under {penalty}, with each objective and seed.",
        paper=NOT_THERE,
        measured=_against(found, "modes"),
        **verdict,
        note=f"A mode is 0.014 wide; short runs bring few samples as close. {steps_told(study, penalized)}"
        if verdict["holds"] is None and reached is False
        else None,
    )
    return resting_on(study, claim, [*penalized, *plain], trained=penalized)


def _behind(penalty: str) -> tuple[list[str], list[str]]:
    """Return the full names of the variants with a penalty, and of those without, that a claim on all draws on."""
    return [f"{objective}-{penalty}" for objective in OBJECTIVES], [f"{o}-{NONE}" for o in OBJECTIVES]


def _why(study: Study, penalty: str, objectives: Iterable[str], holds: bool | None) -> str | None:
    """Return what may be behind a two-sided penalty that does not help, as far as these runs show it."""
    if penalty != TWO_SIDED or holds is not False:
        return None
    paths = [
        distances(study, run) for objective in objectives for run in runs_of(study, f"{objective}-{penalty}")
    ]
    driven_off = any(came_back(path, STEADY) for path in paths)
    return f"{WANTS_SLOPE} {AT_FIRST}" if driven_off else WANTS_SLOPE


def _last(study: Study, run: RunResult) -> float:
    values = distances(study, run)
    return float(values[-1]) if len(values) else math.nan


def _of(runs: Mapping[str, Sequence[tuple[RunResult, ...]]], key: str) -> Pairs:
    return {
        objective: [(run.metric(key), plain.metric(key)) for run, plain in pairs]
        for objective, pairs in runs.items()
    }


def _complete(found: Pairs) -> bool | None:
    """Return None where an objective lacks runs, which leaves a claim on all open."""
    return True if all(found.values()) else None


def _all_below(found: Pairs) -> bool | None:
    pairs = [pair for some in found.values() for pair in some]
    return all_hold([_complete(found), *(None if math.isnan(a + b) else a < b for a, b in pairs)])


def _at_most(value: float, limit: float) -> bool | None:
    return None if math.isnan(value) else value <= limit


def _at_least(value: float, limit: float) -> bool | None:
    return None if math.isnan(value) else value >= limit


def _against(found: Pairs, unit: str = "") -> str | None:
    rows = [
        f"{objective}: {shown([a for a, _ in pairs], unit)} against {shown([b for _, b in pairs], unit)}"
        for objective, pairs in found.items()
        if pairs
    ]
    return "; ".join(rows) or None
