"""Constraints against known optimal critics: do the gradient penalties find them, and is it as published?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lipschitz_trainers.analyses.evidence import resting_on, steps_told
from lipschitz_trainers.analyses.flattening import flattened
from lipschitz_trainers.analyses.floors import above_floors
from lipschitz_trainers.analyses.leaderboard import (
    OFFICIAL_PAIRS,
    Board,
    boards,
    cosine_text,
    judged,
    margins,
    planned,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import plural

TWO_SIDED, ONE_SIDED = "two_sided_gradient_penalty", "one_sided_gradient_penalty"
LIGHTER = {TWO_SIDED: "two_sided_coefficient_1", ONE_SIDED: "one_sided_coefficient_1"}
"""The same penalties with coefficient 1 in place of 10."""
OTHERS = ("spectral_norm", "weight_clipping")
WITH_1 = " with coefficient 1"
TOLERANCE = 0.03
"""How far a cosine may stay behind the one it is compared with."""


def claims(study: Study) -> Iterator[Claim]:
    """Compare the gradient penalties with their published results, with the other constraints, and with each other."""
    pairs = boards(study)
    lighter = [board for board in pairs if any(board.row(label) for label in LIGHTER.values())]

    def resting(claim: Claim, *labels: str, others: Sequence[str] = (), on: str = "*") -> Claim:
        names = planned(study, labels, on)
        return resting_on(study, claim, [*names, *planned(study, others, on)], trained=names)

    for solver in (TWO_SIDED, ONE_SIDED):
        yield resting(as_published(study, pairs, solver, solver), solver, on=OFFICIAL_PAIRS)
    if lighter:
        for solver, label in LIGHTER.items():
            yield resting(as_published(study, lighter, solver, label), label, on=OFFICIAL_PAIRS)
    for found, two, one in (
        (pairs, TWO_SIDED, ONE_SIDED),
        (lighter, LIGHTER[TWO_SIDED], LIGHTER[ONE_SIDED]),
    ):
        if found is pairs or lighter:
            yield resting(penalties_ahead(found, (two, one)), two, one, others=OTHERS)
            yield resting(level(found, two, one), one, others=(two,))
    yield resting(flattened(study, pairs, (TWO_SIDED, ONE_SIDED)), others=(TWO_SIDED, ONE_SIDED))
    every = [row.variant.label for board in pairs for row in board.ranking.rows]
    yield resting(above_floors(pairs, "Every constraint"), *every)


def as_published(study: Study, pairs: Sequence[Board], solver: str, label: str) -> Claim:
    """Check the mean cosine of one penalty against the published one on every published pair.

    Args:
        study: finished runs.
        pairs: of these runs.
        solver: the published penalty.
        label: of the variants that stand for it.
    """
    known = [board for board in pairs if solver in board.published and board.row(label)]
    text, holds = margins((b.title, b.cosine(label), b.published[solver].cosine - TOLERANCE) for b in known)
    verdict = judged(study, holds)
    theirs = "" if solver == label else f" of {solver}, whose coefficient is 10"
    return Claim(
        f"{label}_as_published",
        f"Under {label} the cosine comes within {TOLERANCE} of the published one{theirs}, or above, on every pair.",
        paper=", ".join(f"{board.title} {cosine_text(board.published[solver].cosine)}" for board in known)
        or None,
        measured=text or None,
        **verdict,
        note="In brackets the bound to reach."
        + (f" {steps_told(study)}" if verdict["holds"] is not holds else ""),
    )


def penalties_ahead(pairs: Sequence[Board], penalties: tuple[str, str]) -> Claim:
    """Check that the worse of both penalties beats the better of the other two constraints, pair by pair."""
    rows = [
        (board.title, min(map(board.cosine, penalties)), board.best(OTHERS)[1])
        for board in pairs
        if all(board.row(label) for label in (*penalties, *OTHERS))
    ]
    text, holds = margins(rows)
    light = penalties != (TWO_SIDED, ONE_SIDED)
    return Claim(
        "penalties_of_coefficient_1_ahead" if light else "penalties_ahead",
        f"On every pair the worse of both gradient penalties{WITH_1 if light else ''} is above the better of spectral "
        "norm and clipping.",
        paper=_published(
            pairs, lambda of: min(of[TWO_SIDED], of[ONE_SIDED]) >= max(of[other] for other in OTHERS)
        ),
        measured=text or None,
        holds=holds,
        note="In brackets the better of spectral norm and clipping.",
    )


def level(pairs: Sequence[Board], two_sided: str, one_sided: str) -> Claim:
    """Check that the one-sided penalty is not behind the two-sided one."""
    rows = [
        (board.title, board.cosine(one_sided), board.cosine(two_sided) - TOLERANCE)
        for board in pairs
        if board.row(one_sided) and board.row(two_sided)
    ]
    text, holds = margins(rows)
    light = two_sided != TWO_SIDED
    return Claim(
        "one_sided_of_coefficient_1_not_behind" if light else "one_sided_not_behind",
        f"The one-sided penalty{WITH_1 if light else ''} is at most {TOLERANCE} behind the two-sided one, on every "
        "pair.",
        paper=_published(pairs, lambda of: of[ONE_SIDED] >= of[TWO_SIDED] - TOLERANCE),
        measured=text or None,
        holds=holds,
        note=f"In brackets the two-sided cosine minus {TOLERANCE}.",
    )


def _published(pairs: Sequence[Board], holds: Callable[[Mapping[str, float]], bool]) -> str | None:
    """Return on how many of the published pairs among these the published cosines say the same."""
    known = [
        {name: result.cosine for name, result in board.published.items()}
        for board in pairs
        if board.published
    ]
    return f"on {sum(map(holds, known))} of {plural(len(known), 'pair')}" if known else None
