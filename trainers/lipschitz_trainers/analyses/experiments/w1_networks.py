"""How good a critic gets in about a minute of processor time, by network and optimizer, beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, steps_told
from lipschitz_trainers.analyses.floors import above_floors
from lipschitz_trainers.analyses.leaderboard import (
    OFFICIAL_PAIRS,
    PRIOR,
    Board,
    boards,
    cosine_text,
    judged,
    margins,
    planned,
)
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number

PUBLISHED = ("published_two_sided", "published_one_sided", "published_sorting_out")
GENERIC = ("tuned_one_sided", "tuned_sorting_out", "silu_mlp")

HARD, BAR = "d32 n256", 0.9
FAIR, LIMIT = 0.8, 600
"""Share of our time that a published recipe must have had, and the most that ours may take, in processor seconds."""


def claims(study: Study) -> Iterator[Claim]:
    """Compare with the published results, generic networks and those with a prior apart."""
    pairs = boards(study)
    official = [board for board in pairs if board.published]
    ours = (*GENERIC, *PRIOR)
    for name, labels, who in (
        ("any_network", ours, "The best of our networks"),
        ("generic_networks", GENERIC, "The best of the generic networks"),
    ):
        names = planned(study, labels, OFFICIAL_PAIRS)
        yield by_the_best(study, ahead(study, official, name, labels, who), names, official, labels)
    hard = [board for board in pairs if board.title == HARD]
    yield by_the_best(study, hard_pair(hard), planned(study, ours, HARD.replace(" ", "_")), hard, ours)
    for name, labels, who in (
        ("ahead_at_equal_time", GENERIC, "The best generic network"),
        ("prior_ahead_at_equal_time", PRIOR, "The best network with a prior"),
    ):
        yield compared(study, equal_time(official, name, labels, who), labels, PUBLISHED, OFFICIAL_PAIRS)
    yield resting_on(study, within_limit(pairs), planned(study, ours))
    every_one = planned(study, (*ours, *PUBLISHED))
    yield resting_on(study, above_floors(pairs, "Every network"), every_one, trained=every_one)
    smooth = other_family([board for board in pairs if board.title.startswith("wavy")])
    yield compared(study, smooth, GENERIC, PRIOR, "wavy_*")


def by_the_best(
    study: Study, claim: Claim, names: Sequence[str], pairs: Sequence[Board], labels: tuple[str, ...]
) -> Claim:
    """Return a claim about the best of several on every pair: what holds by those that finished holds.

    Args:
        study: runs, finished or not.
        claim: judged by the finished runs.
        names: full names of the variants, also of those without any result.
        pairs: those with a result.
        labels: of the variants.
    """
    decided = {board.title.replace(" ", "_") for board in pairs if board.best(labels)[0]}
    rested = resting_on(study, claim, names, pooled=True)
    complete = all(name.partition("-")[0] in decided for name in names)
    return replace(rested, holds=True) if claim.holds and complete else rested


def compared(study: Study, claim: Claim, ours: tuple[str, ...], theirs: tuple[str, ...], pairs: str) -> Claim:
    """Return a claim about the best of two kinds, which any of the missing runs could turn."""
    first, second = planned(study, ours, pairs), planned(study, theirs, pairs)
    return resting_on(study, claim, [*first, *second], pooled=True) if first and second else claim


def ahead(study: Study, pairs: Iterable[Board], id_: str, labels: tuple[str, ...], who: str) -> Claim:
    """Check that the best of some recipes is above the best published cosine, pair by pair."""
    rows = [(b, *b.best(labels), *b.best_published) for b in pairs if b.best(labels)[0]]
    text, holds = margins((f"{board.title} {name}", value, bound) for board, name, value, _, bound in rows)
    verdict = judged(study, holds)
    return Claim(
        f"{id_}_above_published",
        f"{who} is above the best published cosine on every pair.",
        paper=", ".join(
            f"{board.title} {cosine_text(bound)} ({solver})" for board, _, _, solver, bound in rows
        )
        or None,
        measured=text or None,
        **verdict,
        note="In brackets the best published cosine, of eleven solvers."
        + (f" {steps_told(study)}" if verdict["holds"] is not holds else ""),
    )


def hard_pair(pairs: Iterable[Board]) -> Claim:
    """Check the bar on the pair with dimension 32 and 256 funnels."""
    found = list(pairs)
    text, holds = margins((board.title, board.best((*GENERIC, *PRIOR))[1], BAR) for board in found)
    return Claim(
        "dimension_32_with_256_funnels",
        f"With dimension 32 and 256 funnels the best of our networks reaches a cosine of {BAR}.",
        paper=", ".join(
            f"{cosine_text(board.best_published[1])} ({board.best_published[0]})" for board in found
        )
        or None,
        measured=text or None,
        holds=holds,
    )


def equal_time(pairs: Iterable[Board], id_: str, labels: tuple[str, ...], who: str) -> Claim:
    """Check that the published recipes, given about as much processor time, stay behind the best of some networks."""
    told: list[str] = []
    verdicts: list[bool | None] = []
    for board in pairs:
        (ours, our_cosine), (theirs, their_cosine) = board.best(labels), board.best(PUBLISHED)
        if not ours or not theirs:
            continue
        our_time, their_time = board.seconds(ours), board.seconds(theirs)
        told.append(
            f"{board.title} {ours} {cosine_text(our_cosine)} in {number(our_time, 2)} s ({theirs} "
            f"{cosine_text(their_cosine)} in {number(their_time, 2)} s)"
        )
        fair = their_time >= FAIR * our_time  # False where a time is not known
        verdicts.append(our_cosine >= their_cosine if fair or our_cosine < their_cosine else None)
    return Claim(
        id_,
        f"{who} is above the best published recipe, as we ran it with at least {100 * FAIR:.0f} % of its processor "
        "time.",
        measured=", ".join(told) or None,
        holds=all_hold(verdicts),
        note=f"Not decided on pairs where the published recipe had less than {FAIR:.0%} of the time.",
    )


def within_limit(pairs: Iterable[Board]) -> Claim:
    """Check the processor time of the longest of our runs."""
    times = [
        (board.most_seconds(label), f"{board.title} {label}")
        for board in pairs
        for label in (*GENERIC, *PRIOR)
        if board.row(label)
    ]
    most, where = max((known for known in times if not math.isnan(known[0])), default=(math.nan, ""))
    return Claim(
        "within_ten_minutes",
        f"Each of our runs takes at most {LIMIT} seconds of one processor, evaluation included.",
        measured=f"{number(most, 3)} s at most ({where})" if where else None,
        holds=every((seconds for seconds, _ in times), lambda seconds: seconds <= LIMIT),
    )


def other_family(pairs: Iterable[Board]) -> Claim:
    """Check whether the prior still wins where the optimal critic is no maximum of cones."""
    rows = [
        (board.title, board.best(GENERIC)[1], board.best(PRIOR)[1])
        for board in pairs
        if not math.isnan(board.best(GENERIC)[1] + board.best(PRIOR)[1])
    ]
    text, holds = margins(rows)
    return Claim(
        "prior_does_not_win_elsewhere",
        "Where the potential is smooth, the best generic network is at least level with those that are a maximum.",
        measured=text or None,
        holds=holds,
        note="In brackets the best network with a prior: how much of its lead on min_funnels is owed to their shape?",
    )
