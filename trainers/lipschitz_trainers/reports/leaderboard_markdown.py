"""Kept leaderboards as Markdown, for the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lipschitz_trainers.analyses.leaderboard import Board, boards, cosine_text
from lipschitz_trainers.analyses.results import Claim, Results
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.analyses.wording import number, value_text
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.reports.claims_markdown import WORDS, escaped, table

WIDE = 10
"""More pairs than this go into several tables."""


def markdown(results: Results) -> str:
    """Return what was run, a table of cosines by pair, and the claims.

    The configurations are those of the packaged experiment, of which only the results are kept.

    Raises:
        ConfigError: the experiment or a variant is no longer there.
    """
    variants = sorted({run.variant for run in results.runs})
    resolved = load_experiment(results.experiment).resolve(results.profile, only=variants)
    by_variant = {run.variant: run.plain for run in resolved}
    study = study_of(results, {run.key: by_variant[run.variant] for run in results.runs})
    found = boards(study)
    lines = [f"Made with `{results.command}`: {_scale(study)}.", ""]
    for start in range(0, len(found), WIDE):
        lines += [*_table(found[start : start + WIDE]), ""]
    rows = [
        [_statement(claim), escaped(value_text(claim.measured)), WORDS[claim.holds]]
        for claim in results.claims
    ]
    return "\n".join([*lines, *table(["claim", "measured", "holds"], rows, left=3)]) + "\n"


def _scale(study: Study) -> str:
    runs = study.results.runs
    failed = sum(run.status != "done" for run in runs)
    counts = sorted({config["steps"] for config in study.configs.values()})
    steps = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return f"{len(runs)} runs of {steps} critic steps" + (
        f", {failed} of which did not finish" if failed else ""
    )


def _table(found: Sequence[Board]) -> list[str]:
    labels = dict.fromkeys(row.variant.label for board in found for row in board.ranking.ranked)
    ordered = sorted(
        labels, key=lambda label: -sum(value for b in found if math.isfinite(value := b.cosine(label)))
    )
    rows = [
        [f"`{label}`", *(_cell(board, label) for board in found), _seconds(found, label)] for label in ordered
    ]
    best = [
        f"{cosine_text(value)} {solver}" if solver else "–"
        for solver, value in (b.best_published for b in found)
    ]
    floors = [cosine_text(board.floor) for board in found]
    rows += [["*best published*", *best, ""], ["*floor: -\\|x\\|*", *floors, ""]]
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
