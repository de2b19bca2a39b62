"""How good a critic gets in about a minute of processor time, by network and optimizer, beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from lipschitz_trainers.analyses.evidence import all_hold, every, steps_told
from lipschitz_trainers.analyses.leaderboard import Board, boards, cosine_text, judged, margins
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import number

PUBLISHED = ("published_two_sided", "published_one_sided", "published_sorting_out")
GENERIC = ("tuned_one_sided", "tuned_sorting_out", "silu_mlp")
PRIOR = ("log_sum_exp_mlp", "max_of_cones")
"""Networks that are a maximum, as the optimal critics of ``min_funnels`` are."""

HARD, BAR = "d32 n256", 0.9
FAIR, LIMIT = 0.8, 600
"""Share of our time that a published recipe must have had, and the most that ours may take, in processor seconds."""


def claims(study: Study) -> Iterator[Claim]:
    """Compare with the published results, generic networks and those with a prior apart."""
    pairs = boards(study)
    official = [board for board in pairs if board.published]
    yield ahead(study, official, "any_network", (*GENERIC, *PRIOR), "The best of our networks")
    yield ahead(study, official, "generic_networks", GENERIC, "The best of the generic networks")
    yield hard_pair(pairs)
    yield equal_time(official)
    yield within_limit(pairs)
    yield other_family([board for board in pairs if board.title.startswith("wavy")])


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
    found = [board for board in pairs if board.title == HARD]
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


def equal_time(pairs: Iterable[Board]) -> Claim:
    """Check that the published recipes, given at least as much processor time, stay behind the generic networks."""
    told: list[str] = []
    verdicts: list[bool | None] = []
    for board in pairs:
        (ours, our_cosine), (theirs, their_cosine) = board.best(GENERIC), board.best(PUBLISHED)
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
        "ahead_at_equal_time",
        "The best generic network is above the best published recipe, as we ran it with at least "
        f"{100 * FAIR:.0f} % of its processor time.",
        measured=", ".join(told) or None,
        holds=all_hold(verdicts),
        note=f"Not decided on pairs where the published recipe had less than {FAIR:.0%} of the time.",
    )


def within_limit(pairs: Iterable[Board]) -> Claim:
    """Check the processor time of our runs."""
    longest = [
        (seconds, f"{board.title} {label}")
        for board in pairs
        for label in (*GENERIC, *PRIOR)
        if not math.isnan(seconds := board.seconds(label))
    ]
    most, where = max(longest, default=(math.nan, ""))
    return Claim(
        "within_ten_minutes",
        f"Each of our runs takes at most {LIMIT} seconds of one processor, evaluation included.",
        measured=f"{number(most, 3)} s at most ({where})" if where else None,
        holds=every([most], lambda seconds: seconds <= LIMIT),
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
