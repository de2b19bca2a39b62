"""Which critics of known pairs know more than the two trivial ones: -|x|, and the best linear critic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lipschitz_trainers.analyses.evidence import all_hold
from lipschitz_trainers.analyses.leaderboard import SOLVERS, Board, cosine_text
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.wording import plural

TOLERANCE = 0.03
"""How far a cosine has to exceed the floor."""


def above_floors(pairs: Sequence[Board], who: str) -> Claim:
    """Check which critics know more than the trivial ones.

    Args:
        pairs: with every variant that is judged.
        who: what the statement begins with, such as ``"Every constraint"``.
    """
    found = [board for board in pairs if not math.isnan(board.higher_floor)]
    cosines = [
        {row.variant.label: board.cosine(row.variant.label) for row in board.ranking.rows} for board in found
    ]
    below = [_below(board, known) for board, known in zip(found, cosines, strict=True)]
    ours = [
        (f"{board.title} (floor {cosine_text(board.higher_floor)} {_which(board)})", names)
        for board, names in zip(found, below, strict=True)
    ]
    theirs = [
        (board.title, _below(board, {name: board.published[name].cosine for name in SOLVERS}))
        for board in found
        if board.published
    ]
    return Claim(
        "above_the_floor",
        f"{who} is more than {TOLERANCE} above two trivial critics: -|x|, and the best linear one.",
        paper=_told(theirs),
        measured=_told(ours),
        holds=all_hold(
            False if names else None if any(map(math.isnan, known.values())) else True
            for names, known in zip(below, cosines, strict=True)
        ),
        note="In brackets the higher of both floors. The best linear critic has the same gradient everywhere.",
    )


def _which(board: Board) -> str:
    return "linear" if board.higher_floor == board.linear_floor else "-|x|"


def _below(board: Board, cosines: Mapping[str, float]) -> list[str]:
    """Return the names, in order, whose cosine is not more than the tolerance above the floor of a pair."""
    return sorted(name for name, cosine in cosines.items() if cosine <= board.higher_floor + TOLERANCE)


def _told(pairs: Sequence[tuple[str, list[str]]]) -> str | None:
    """Return which are not above the floor, pair by pair; None without pairs."""
    told = [f"{pair}: not {', '.join(names)}" for pair, names in pairs if names]
    others = len(pairs) - len(told)
    if others:
        told.append(f"all on {'the other ' if told else ''}{plural(others, 'pair')}")
    return "; ".join(told) or None
