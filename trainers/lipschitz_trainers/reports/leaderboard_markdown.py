"""Kept leaderboards as Markdown, for the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.leaderboard import Board, boards, by_mean, cosine_text
from lipschitz_trainers.analyses.results import Claim, Results
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.analyses.wording import number, plural, value_text
from lipschitz_trainers.reports.claims_markdown import WORDS, escaped, table

WIDE = 10
"""More pairs than this go into several tables."""


CONFIGS = "configs"
"""Key of kept results under which the runs' configurations stand, by variant."""


def markdown(results: Results) -> str:
    """Return what was run, a table of cosines by pair, one of everything else by variant, and the claims.

    Args:
        results: with the configurations of the runs under `CONFIGS`, as ``benchmarks/keep_results.py`` writes them.

    Raises:
        DataError: there are none.
    """
    configs = results.others.get(CONFIGS)
    if not isinstance(configs, dict):
        raise DataError(
            f"expected results with the key {CONFIGS!r}; write them with benchmarks/keep_results.py."
        )
    study = study_of(
        results, {run.key: configs[run.variant] for run in results.runs if run.variant in configs}
    )
    found = boards(study)
    lines = [f"Made with `{results.command}`: {_scale(study)}.", ""]
    for start in range(0, len(found), WIDE):
        lines += [*_table(found[start : start + WIDE]), ""]
    lines += [
        "Beside the cosine, means over these pairs, of what ran on all of them:",
        "",
        *_everything_else(found),
        "",
    ]
    rows = [
        [_statement(claim), escaped(value_text(claim.measured)), WORDS[claim.verdict]]
        for claim in results.claims
        if claim.measured is not None  # what these runs say nothing about
    ]
    return "\n".join([*lines, *table(["claim", "measured", "holds"], rows, left=3)]) + "\n"


def _scale(study: Study) -> str:
    runs = study.results.runs
    failed = sum(run.status != "done" for run in runs)
    counts = sorted({config["steps"] for config in study.configs.values()})
    steps = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    sizes = sorted({config["batch_size"] for config in study.configs.values()})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    return f"{plural(len(runs), 'run')} of {steps} critic steps with {size} samples" + (
        f", {failed} of which did not finish" if failed else ""
    )


def _everything_else(found: Sequence[Board]) -> list[str]:
    """Return a table of the other quantities, relative to the true distance where they are distances.

    Seconds a step are left out: long runs share their machine, and processor time stands beside the cosines.
    """

    def mean(label: str, name: str, relative: bool = False) -> float:
        rows = [(row.numbers[name].mean, row.numbers["true_w1"].mean) for b in found if (row := b.row(label))]
        return summary([value / true if relative else value for value, true in rows]).mean

    rows: list[list[str]] = []
    for label in by_mean(found):
        if any(board.row(label) is None for board in found):
            continue  # its means would be over other pairs
        lower, upper = (number(mean(label, name), 3) for name in ("lipschitz_lower", "lipschitz_upper"))
        rows.append(
            [
                f"`{label}`",
                cosine_text(mean(label, "cosine_fake")),
                number(mean(label, "l2"), 2),
                number(mean(label, "true_error", relative=True), 2),
                number(mean(label, "calibrated_by_lower", relative=True), 3),
                f"{lower} to {upper}",
            ]
        )
    header = [
        "variant",
        "cosine, other side",
        "L2",
        "error of W1, share of the true one",
        "its W1 over its steepest slope, share of the true one",
        "Lipschitz constant",
    ]
    return table(header, rows, left=1)


def _table(found: Sequence[Board]) -> list[str]:
    ordered = by_mean(found)
    rows = [
        [f"`{label}`", *(_cell(board, label) for board in found), _seconds(found, label)] for label in ordered
    ]
    best = [
        f"{cosine_text(value)} {solver}" if solver else "–"
        for solver, value in (b.best_published for b in found)
    ]
    floors, ceilings = (
        [cosine_text(value) for value in values]
        for values in zip(*((b.floor, b.ceiling) for b in found), strict=True)
    )
    below = {"best published": best, "floor: -\\|x\\|": floors, "ceiling: float32": ceilings}
    rows += [[f"*{name}*", *cells, ""] for name, cells in below.items() if set(cells) != {"–"}]
    return table(["cosine", *(board.title for board in found), "CPU s"], rows, left=1)


def _cell(board: Board, label: str) -> str:
    row = board.row(label)
    if row is None:
        return "–"
    spread = f" ± {cosine_text(row.main.std)}" if math.isfinite(row.main.std) else ""
    text = f"{cosine_text(row.main.mean)}{spread}"
    return f"**{text}**" if row.rank == 1 else text


def _seconds(found: Sequence[Board], label: str) -> str:
    rows = [row for board in found if (row := board.row(label)) is not None]
    return number(summary([row.numbers["cpu"].mean for row in rows]).mean, 2)


def _statement(claim: Claim) -> str:
    return escaped(claim.statement) + (f"<br>*{escaped(claim.note)}*" if claim.note else "")
