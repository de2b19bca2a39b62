"""Kept leaderboards as Markdown, for the documentation."""

from __future__ import annotations

import math

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.leaderboard import boards
from lipschitz_trainers.analyses.results import Claim, Results
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.analyses.wording import plural, value_text
from lipschitz_trainers.reports.claims_markdown import WORDS, escaped, table
from lipschitz_trainers.reports.leaderboard_tables import MOST, cosines, distances, everything_else

WIDE = 10
"""More pairs than this go into several tables."""


DISTANCES = (
    "The distance itself: what the critic estimates from 4,096 matched points of both sides, mean over seeds, and in "
    f"brackets the same over the steepest slope found. At most the first {MOST} variants."
)


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
    parts = [found[start : start + WIDE] for start in range(0, len(found), WIDE)]
    for part in parts:
        lines += [*cosines(part), ""]
    if any(math.isfinite(run.metric("true_w1_error")) for run in results.runs):
        lines += [DISTANCES, ""]
        for part in parts:
            lines += [*distances(part), ""]
    lines += [
        "Beside the cosine, means over these pairs, of what ran on all of them:",
        "",
        *everything_else(found),
        "",
    ]
    rows = [
        [
            _statement(claim),
            escaped(value_text(claim.paper)),
            escaped(value_text(claim.measured)),
            WORDS[claim.verdict],
        ]
        for claim in results.claims
        if claim.measured is not None  # what these runs say nothing about
    ]
    return "\n".join([*lines, *table(["claim", "published", "measured", "holds"], rows, left=4)]) + "\n"


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


def _statement(claim: Claim) -> str:
    return escaped(claim.statement) + (f"<br>*{escaped(claim.note)}*" if claim.note else "")
