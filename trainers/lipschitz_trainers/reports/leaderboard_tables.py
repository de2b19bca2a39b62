"""The tables of a kept leaderboard, as lines of Markdown: cosines, distances, and everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lipschitz_trainers.analyses.leaderboard import SOLVERS, Board, by_mean, cosine_text, leaders, titled
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.wording import number
from lipschitz_trainers.reports.claims_markdown import table

MOST = 10
"""More variants than this do not go into the table of distances."""


def cosines(found: Sequence[Board]) -> list[str]:
    """Return a row a variant, a column a pair; below, what others reached and what knows nothing."""
    rows = [
        [_name(label), *(_cell(board, label) for board in found), _seconds(found, label)]
        for label in _there(found)
    ]
    below = {
        "best published": [
            f"{cosine_text(value)} {solver}" if solver else cosine_text(math.nan)
            for solver, value in (board.best_published for board in found)
        ],
        **{
            f"published: {solver}": [
                cosine_text(board.published[solver].cosine if board.published else math.nan)
                for board in found
            ]
            for solver in SOLVERS
        },
        "floor: -\\|x\\|": [cosine_text(board.floor) for board in found],
        "floor: best linear critic": [cosine_text(board.linear_floor) for board in found],
        "ceiling: float32": [cosine_text(board.ceiling) for board in found],
    }
    rows += [[f"*{name}*", *cells, ""] for name, cells in below.items() if set(cells) != {"–"}]
    return table(["cosine", *(board.title for board in found), "CPU s"], rows, left=1)


def distances(found: Sequence[Board]) -> list[str]:
    """Return the Wasserstein-1 distances of the first variants by pair, raw and over the steepest slope found."""
    rows = [["*true*", *(number(_true(board), 3) for board in found)]]
    rows += [[_name(label), *(_estimates(board, label) for board in found)] for label in _there(found)[:MOST]]
    if any(board.published for board in found):
        rows += [
            [
                f"*published: {solver}*",
                *(number(board.published[solver].w1 if board.published else math.nan, 3) for board in found),
            ]
            for solver in SOLVERS
        ]
    return table(["W1: raw (calibrated)", *(board.title for board in found)], rows, left=1)


def everything_else(found: Sequence[Board]) -> list[str]:
    """Return a table of the other quantities, relative to the true distance where they are distances.

    Seconds a step are left out: long runs share their machine, and processor time stands beside the cosines.
    """

    def mean(label: str, name: str) -> float:
        return summary([row.numbers[name].mean for board in found if (row := board.row(label))]).mean

    rows: list[list[str]] = []
    for label in by_mean(found):
        if any(math.isnan(board.cosine(label)) for board in found):
            continue  # its means would be over other pairs
        runs = [list(row.variant.done) for board in found if (row := board.row(label))]
        errors = [summary([abs(_raw(run) / _distance(run) - 1) for run in of]).mean for of in runs]
        shares = [summary([_calibrated(run) / _distance(run) for run in of]).mean for of in runs]
        lower, upper = (number(mean(label, name), 3) for name in ("lipschitz_lower", "lipschitz_upper"))
        rows.append(
            [
                _name(label),
                cosine_text(mean(label, "cosine_fake")),
                number(mean(label, "l2"), 2),
                number(summary(errors).mean, 2),
                number(summary(shares).mean, 3),
                f"{lower} to {upper}",
            ]
        )
    header = [
        "variant",
        "cosine, other side",
        "L2",
        "size of the error of W1, share of the true one",
        "its W1 over its steepest slope, share of the true one",
        "Lipschitz constant",
    ]
    return table(header, rows, left=1)


def _there(found: Sequence[Board]) -> list[str]:
    return [label for label in by_mean(found) if any(board.row(label) for board in found)]


def _name(label: str) -> str:
    return titled(label).replace(label, f"`{label}`")


def _cell(board: Board, label: str) -> str:
    row = board.row(label)
    if row is None:
        return "–"
    if math.isnan(board.cosine(label)):
        return f"({cosine_text(row.main.mean)}, {row.seeds} seeds)"
    spread = f" ± {cosine_text(row.main.std)}" if math.isfinite(row.main.std) else ""
    text = f"{cosine_text(row.main.mean)}{spread}"
    return f"**{text}**" if label in leaders(board) else text


def _seconds(found: Sequence[Board], label: str) -> str:
    return number(summary([board.seconds(label) for board in found]).mean, 2)


def _true(board: Board) -> float:
    return next((row.numbers["true_w1"].mean for row in board.ranking.ranked), math.nan)


def _estimates(board: Board, label: str) -> str:
    row = board.row(label)
    if row is None:
        return "–"
    raw, calibrated = (summary([of(run) for run in row.variant.done]).mean for of in (_raw, _calibrated))
    return f"{number(raw, 3)} ({number(calibrated, 3)})"


def _distance(run: RunResult) -> float:
    return run.metric("true_w1")


def _raw(run: RunResult) -> float:
    return _distance(run) + run.metric("true_w1_error")


def _calibrated(run: RunResult) -> float:
    steepest = run.metric("lipschitz_lower")
    return _raw(run) / steepest if steepest > 0 else math.nan
