"""Which methods learn a language model with continuous outputs (arXiv 1704.00028, section 5.4 and table 4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, runs_of, steps_told
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number

PENALTIES = ("two_sided_gradient_penalty", "one_sided_gradient_penalty")
OTHERS = ("weight_clipping", "standard_gan")
LENGTHS = (1, 2, 3, 4)
"""Of n-grams."""

TRIPLES = 3
"""The length that decides: single characters say nothing of their order, and few lines hold few of the longest."""

KEY = "ngram_jensen_shannon"

HALF = 0.5
"""Share of the way from 1 (nothing in common) to the floor of real text: more than that is clearly down."""

PAPER = {
    PENALTIES[0]: "samples only; 0.62 for n = 4 after 1,900 iterations of a public port",
    PENALTIES[1]: "not in the paper",
    "weight_clipping": "no numbers",
    "standard_gan": "comparable results could not be had",
}


def way(run: RunResult, n: int) -> float:
    """Return how far a run's n-grams came from nothing in common with real text (0) to real text itself (1).

    That is (1 - d) / (1 - floor), for the divergence d in bits and the floor, that of as many real lines.
    """
    return (1 - run.metric(f"{KEY}_{n}")) / (1 - run.metric(f"{KEY}_floor_{n}"))


def claims(study: Study) -> Iterator[Claim]:
    """Check that divergences fall under a penalty, and stay high without."""
    for penalty in PENALTIES:
        yield falls(study, penalty)
    for other in OTHERS:
        yield stays(study, other)
    yield ahead(study)


def falls(study: Study, penalty: str) -> Claim:
    """Check that a penalty's divergences fall clearly, where the order of characters matters."""
    runs = runs_of(study, penalty)
    claim = Claim(
        f"falls_under_{penalty}",
        f"Under {penalty} the divergence of n-grams to real text falls for n = 2 to 4, and triples of characters come "
        "more than half of the way from nothing in common to real text.",
        paper=PAPER[penalty],
        measured=_told(study, runs),
        holds=_has_learned(study, penalty),
        note=steps_told(study, [penalty]) if runs else None,
    )
    return resting_on(study, claim, [penalty], trained=[penalty])


def stays(study: Study, other: str) -> Claim:
    """Check that without a penalty divergences stay high, in runs in which they fall under it."""
    runs = runs_of(study, other)
    high = every([way(run, TRIPLES) for run in runs], lambda share: share < HALF)
    learned = _has_learned(study, PENALTIES[0])
    claim = Claim(
        f"stays_high_{other}",
        f"With {other} the divergence stays high: triples of characters come less than half of the way to real text, "
        f"while under {PENALTIES[0]} they come further.",
        paper=PAPER[other],
        measured=_told(study, runs),
        # Where nothing has learned yet, staying high says nothing.
        holds=high if learned or high is False else None,
        note=steps_told(study, [other]) if runs else None,
    )
    return resting_on(study, claim, [other, PENALTIES[0]], trained=[PENALTIES[0]])


def _has_learned(study: Study, variant: str) -> bool | None:
    verdicts: list[bool | None] = []
    for run in runs_of(study, variant):
        verdicts += [_fallen(study, run, n) for n in LENGTHS[1:]]
        verdicts.append(every([way(run, TRIPLES)], lambda share: share > HALF))
    return all_hold(verdicts)


def ahead(study: Study) -> Claim:
    """Check that the two-sided penalty ends below the others, where the order of characters matters."""
    found = {name: runs_of(study, name) for name in (PENALTIES[0], *OTHERS)}
    ends = {
        name: np.array([[run.metric(f"{KEY}_{n}") for n in LENGTHS] for run in runs])
        for name, runs in found.items()
        if runs
    }
    complete = set(ends) == set(found) and all(np.isfinite(rows).all() for rows in ends.values())
    claim = Claim(
        "penalty_below_the_others",
        "For n = 2 to 4, where the order of characters counts, the two-sided penalty ends at a lower divergence than "
        "clipping and the standard GAN.",
        paper="samples of the penalized model only",
        measured="; ".join(f"{name}: {_values(rows[0].tolist())}" for name, rows in ends.items()) or None,
        holds=all(
            bool((ends[PENALTIES[0]].max(axis=0) < ends[other].min(axis=0))[1:].all()) for other in OTHERS
        )
        if complete
        else None,
        note="Values for n = 1 to 4. How often single characters occur (n = 1) a clipped critic tells as well.",
    )
    return resting_on(study, claim, found, trained=[PENALTIES[0]])


def _fallen(study: Study, run: RunResult, n: int) -> bool | None:
    """Return whether a divergence at the end is below the first one; None without two evaluations."""
    values = read_history(study.run_folder(run), only=()).evaluated(f"{KEY}_{n}").values
    return bool(values[-1] < values[0]) if len(values) > 1 else None


def _told(study: Study, runs: tuple[RunResult, ...]) -> str | None:
    rows = []
    for run in runs:
        log = read_history(study.run_folder(run), only=())
        first = [float(series.values[0]) for n in LENGTHS if len(series := log.evaluated(f"{KEY}_{n}"))]
        last = [run.metric(f"{KEY}_{n}") for n in LENGTHS]
        floor = [run.metric(f"{KEY}_floor_{n}") for n in LENGTHS]
        rows.append(f"from {_values(first)} to {_values(last)} (real text {_values(floor)})")
    return "; ".join(rows) or None


def _values(values: list[float]) -> str:
    return ", ".join(map(number, values)) or "–"
