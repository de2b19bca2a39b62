"""Constraints against known optimal critics: do the gradient penalties find them, and is it as published?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from lipschitz_trainers.analyses.evidence import all_hold, steps_told
from lipschitz_trainers.analyses.leaderboard import Board, boards, cosine_text, decided, margins
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import plural

TWO_SIDED, ONE_SIDED = "two_sided_gradient_penalty", "one_sided_gradient_penalty"
OTHERS = ("spectral_norm", "weight_clipping")
PUBLISHED = (TWO_SIDED, ONE_SIDED, *OTHERS, "sorting_out")
"""The solvers among the published ones that stand for a constraint."""
TOLERANCE = 0.03
"""How far a cosine may stay behind the one it is compared with."""


def claims(study: Study) -> Iterator[Claim]:
    """Compare the gradient penalties with their published results, with the other constraints, and with each other."""
    pairs = boards(study)
    for label in (TWO_SIDED, ONE_SIDED):
        yield as_published(study, pairs, label)
    yield penalties_ahead(pairs)
    yield level(pairs)
    yield above_floor(pairs)


def as_published(study: Study, pairs: tuple[Board, ...], label: str) -> Claim:
    """Check the mean cosine of one constraint against the published one on every published pair."""
    known = [board for board in pairs if label in board.published and board.row(label)]
    text, holds = margins((b.title, b.cosine(label), b.published[label].cosine - TOLERANCE) for b in known)
    verdict = decided(study, holds)
    return Claim(
        f"{label}_as_published",
        f"Under {label} the cosine comes within {TOLERANCE} of the published one, or above, on every pair.",
        paper=", ".join(f"{board.title} {cosine_text(board.published[label].cosine)}" for board in known)
        or None,
        measured=text or None,
        holds=verdict,
        note="In brackets the bound to reach." + (f" {steps_told(study)}" if verdict is not holds else ""),
    )


def penalties_ahead(pairs: tuple[Board, ...]) -> Claim:
    """Check that the worse of both penalties beats the better of the other two constraints, pair by pair."""
    rows = [
        (board.title, min(board.cosine(TWO_SIDED), board.cosine(ONE_SIDED)), board.best(OTHERS)[1])
        for board in pairs
        if all(board.row(label) for label in (TWO_SIDED, ONE_SIDED, *OTHERS))
    ]
    text, holds = margins(rows)
    return Claim(
        "penalties_ahead",
        "On every pair the worse of both gradient penalties is above the better of spectral norm and clipping.",
        paper=_published(
            pairs, lambda of: min(of[TWO_SIDED], of[ONE_SIDED]) >= max(of[other] for other in OTHERS)
        ),
        measured=text or None,
        holds=holds,
        note="In brackets the better of spectral norm and clipping.",
    )


def level(pairs: tuple[Board, ...]) -> Claim:
    """Check that the one-sided penalty is not behind the two-sided one."""
    rows = [
        (board.title, board.cosine(ONE_SIDED), board.cosine(TWO_SIDED) - TOLERANCE)
        for board in pairs
        if board.row(ONE_SIDED) and board.row(TWO_SIDED)
    ]
    text, holds = margins(rows)
    return Claim(
        "one_sided_not_behind",
        f"The one-sided penalty is at most {TOLERANCE} behind the two-sided one, on every pair.",
        paper=_published(pairs, lambda of: of[ONE_SIDED] >= of[TWO_SIDED] - TOLERANCE),
        measured=text or None,
        holds=holds,
        note=f"In brackets the two-sided cosine minus {TOLERANCE}.",
    )


def above_floor(pairs: tuple[Board, ...]) -> Claim:
    """Check which constraints know more than the trivial critic -|x|."""
    found = [board for board in pairs if not math.isnan(board.floor)]
    below = [
        _below(board, ((row.variant.label, row.main.mean) for row in board.ranking.ranked)) for board in found
    ]
    theirs = (
        f"{board.title}: " + _not(_below(board, ((name, board.published[name].cosine) for name in PUBLISHED)))
        for board in found
        if board.published
    )
    return Claim(
        "above_the_floor",
        f"Every constraint is more than {TOLERANCE} above the trivial critic -|x|, whose gradients know nothing.",
        paper="; ".join(theirs) or None,
        measured="; ".join(
            f"{board.title} (floor {cosine_text(board.floor)}): {_not(names)}"
            for board, names in zip(found, below, strict=True)
        )
        or None,
        holds=all_hold([not names for names in below]),
    )


def _below(board: Board, cosines: Iterable[tuple[str, float]]) -> list[str]:
    """Return the names, in order, whose cosine is not more than the tolerance above the floor of a pair."""
    return sorted(name for name, cosine in cosines if not cosine > board.floor + TOLERANCE)


def _not(names: list[str]) -> str:
    return f"not {', '.join(names)}" if names else "all"


def _published(pairs: tuple[Board, ...], holds: Callable[[Mapping[str, float]], bool]) -> str | None:
    """Return on how many of the published pairs among these the published cosines say the same."""
    known = [
        {name: result.cosine for name, result in board.published.items()}
        for board in pairs
        if board.published
    ]
    return f"on {sum(map(holds, known))} of {plural(len(known), 'pair')}" if known else None
