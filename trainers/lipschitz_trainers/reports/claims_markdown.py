"""The claims of many experiments as Markdown, for the documentation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lipschitz_trainers.analyses.outcomes import Outcome, Tally
from lipschitz_trainers.analyses.results import Claim, Verdict
from lipschitz_trainers.analyses.wording import duration, value_text
from lipschitz_trainers.reports.claims_page import made

WORDS: dict[Verdict, str] = {
    "yes": "yes",
    "yes, short run": "yes, short run",
    "no": "**no**",
    "undecided": "*undecided*",
    "measured": "measured",
}


def markdown(outcomes: Sequence[Outcome], not_run: Sequence[str] = (), files: str | None = None) -> str:
    """Return a summary, a table of experiments, and one of claims for each.

    Args:
        outcomes: in the order of the page.
        not_run: names of experiments without an outcome.
        files: address of the folder with the experiments' files, to link to them; None: no links.
    """
    return (
        "\n".join(
            [*_summary(outcomes, not_run), *(line for one in outcomes for line in _section(one, files))]
        )
        + "\n"
    )


def _summary(outcomes: Sequence[Outcome], not_run: Sequence[str]) -> list[str]:
    tally = Tally.of(claim for outcome in outcomes for claim in outcome.claims)
    seconds = sum(outcome.seconds for outcome in outcomes if math.isfinite(outcome.seconds))
    lines = [f"**{str(tally).capitalize()}.**"]
    if outcomes:
        facts = "; ".join(f"{key} {value}" for key, value in made(outcomes).items())
        lines += ["", f"Made with: {escaped(facts)}."]
    if not_run:
        lines += ["", f"Not run for this page: {', '.join(f'`{name}`' for name in not_run)}."]
    if not outcomes:
        return lines
    rows = [
        [
            f"[{outcome.experiment}](#{outcome.experiment})",
            escaped(outcome.description),
            *_counts(outcome.tally),
            str(outcome.runs),
            duration(outcome.seconds),
        ]
        for outcome in outcomes
    ]
    runs = sum(outcome.runs for outcome in outcomes)
    rows.append(["all", "", *_counts(tally), str(runs), duration(seconds)])
    heading = ["experiment", "what it shows", "holds", "does not", "undecided", "runs", "processor time"]
    return [*lines, "", *table(heading, rows, left=2)]


def _section(outcome: Outcome, files: str | None) -> list[str]:
    lines = ["", f"## {outcome.experiment}", ""]
    if outcome.description:
        lines += [escaped(outcome.description), ""]
    if outcome.paper:
        lines += [f"Paper: {escaped(outcome.paper)}", ""]
    did_not = f", of which {outcome.unfinished} did not finish" if outcome.unfinished else ""
    lines += [f"{escaped(outcome.scale)} Runs: {outcome.runs}{did_not}.", ""]
    name = outcome.experiment
    source = "" if files is None else f" ([{name}.yaml]({files}/{name}.yaml))"
    lines += [f"Run it: `lipschitz run {name} --profile {outcome.profile}`{source}.", ""]
    if not outcome.claims:
        return [*lines, "It claims nothing that is checked."]
    rows = [
        [
            _statement(claim),
            escaped(value_text(claim.paper)),
            escaped(value_text(claim.measured)),
            WORDS[claim.verdict],
        ]
        for claim in outcome.claims
    ]
    return [*lines, *table(["claim", "paper", "ours", "holds"], rows, left=4)]


def _statement(claim: Claim) -> str:
    note = f"<br>*{escaped(claim.note)}*" if claim.note else ""
    return f"{escaped(claim.statement)}{note}"


def _counts(tally: Tally) -> list[str]:
    return [str(tally.holds), str(tally.fails), str(tally.undecided)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> list[str]:
    """Return the lines of a table whose columns after the first few are aligned to the right."""
    alignment = [":--"] * left + ["--:"] * (len(header) - left)
    return [f"| {' | '.join(row)} |" for row in (header, alignment, *rows)]


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    Example:
        >>> print(escaped("a|b *c*\n<d> wgan_gp _e_ ~f~"))
        a\|b \*c\* \<d\> wgan_gp \_e\_ \~f\~
    """
    line = re.sub(r"([\\`*<>\[\]|~$])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)  # inside a word it means nothing
