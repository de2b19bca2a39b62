"""The outcome on a terminal, at whatever width it has."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lipschitz_trainers.analyses.artifacts import first_artifact, read_samples
from lipschitz_trainers.analyses.failures import failures
from lipschitz_trainers.analyses.ranking import Ranking, rank
from lipschitz_trainers.analyses.results import Claim, Results, RunResult
from lipschitz_trainers.analyses.study import Study, load_study
from lipschitz_trainers.analyses.verdict import Verdict, verdict
from lipschitz_trainers.analyses.wording import plural, value_text
from lipschitz_trainers.reports.table import UNDECIDED, Column, columns

COLORS = {"yes": "green", "yes, short run": "green", "no": "red", "undecided": "yellow", "measured": "dim"}
FEWEST = 3
"""Rank, constraint and main metric are always shown."""
HEADING = 11
"""Headings wider than this are broken into lines."""
LINES = 3
"""Of text, of each variant."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
SCALED_DOWN = "scaled down to minutes: trends, not the paper's numbers"


def print_report(console: Console, out_dir: Path | str) -> None:
    """Print everything an output folder has to say.

    Raises:
        DataError: the folder holds no readable ``results.json``.
    """
    study = load_study(out_dir)
    rankings = [rank(group) for group in study.groups]
    words = verdict(rankings)
    print_answer(console, study.results, words)
    for ranking in rankings:
        print_ranking(console, ranking)
        print_lines(console, study, ranking)
    print_verdict(console, words)
    print_claims(console, study.results.claims)
    print_failures(console, study.results.runs)


def print_answer(console: Console, results: Results, words: Verdict) -> None:
    """Print what was run, and the answer in one sentence a dataset."""
    note = f" ({SCALED_DOWN})" if results.profile == "quick" else ""
    console.print(Text(f"{results.experiment}, profile {results.profile}{note}", style="dim"))
    for sentence in words.answer:
        console.print(Text(sentence, style="bold"))
    console.print()


def print_ranking(console: Console, ranking: Ranking) -> None:
    """Print the ranked table of one dataset, with as many columns as fit."""
    table = fitted(console, ranking)
    console.print(table)
    if any(row.level_with_first for row in ranking.rows):
        console.print(Text(f"  {UNDECIDED}", style="dim"))
    for row in ranking.rows:
        if row.reason:
            console.print(Text.assemble("  ", (row.variant.label, "bold"), f": {row.reason}"))
    console.print()


def print_lines(console: Console, study: Study, ranking: Ranking) -> None:
    """Print some lines of text of each variant's first run, real ones first; nothing for other data."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    for row in ranking.rows:
        samples = first_artifact(map(study.run_folder, row.variant.runs), read_samples)
        if samples is None or not samples.are_text:
            continue
        kinds = {row.variant.label: samples.fake} | ({} if table.rows else {"real": samples.real})
        for name, lines in reversed(kinds.items()):
            for i, line in enumerate(samples.strings(lines[:LINES])):
                shown = "".join(letter if letter.isprintable() else UNKNOWN for letter in line)
                table.add_row(Text("" if i else name, style="bold"), Text(shown, overflow="fold"))
    if table.rows:
        console.print(table)
        console.print()


def print_verdict(console: Console, words: Verdict) -> None:
    """Print the comparison with the runner-up, and one-sided against two-sided."""
    for paragraph in filter(None, words.best):
        console.print(Text(paragraph), end="\n\n")
    if words.sides:
        console.print(Text("One-sided against two-sided", style="bold"))
        for paragraph in words.sides:
            console.print(Text(paragraph), end="\n\n")


def print_claims(console: Console, claims: Sequence[Claim]) -> None:
    """Print the paper's statements with its values, ours, and whether they hold; nothing without claims."""
    if not claims:
        return
    table = Table(
        box=box.SIMPLE_HEAD, title="Claims", title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("claim", ratio=1)
    for heading in ("paper", "ours", "holds"):
        table.add_column(heading, max_width=18)
    for claim in claims:
        said = Text.assemble(claim.statement, (f"\n{claim.note}" if claim.note else "", "dim"))
        table.add_row(
            said,
            Text(value_text(claim.paper)),
            Text(value_text(claim.measured)),
            Text(claim.verdict, style=COLORS[claim.verdict]),
        )
    console.print(table)


def print_failures(console: Console, runs: Sequence[RunResult]) -> None:
    """Print the runs that did not finish, with their reason; nothing if all did."""
    found = failures(runs)
    if not found:
        return
    count = sum(len(failure.runs) for failure in found)
    console.print(Text(f"{count} of {plural(len(runs), 'run')} did not finish", style="bold red"))
    for failure in found:
        who = f"{failure.variant}, seed{'s' if len(failure.runs) > 1 else ''} {failure.seeds}"
        console.print(Text.assemble("  ", (who, "bold"), f" {failure.status}: {failure.reason}"))
    console.print()


def fitted(console: Console, ranking: Ranking) -> Table:
    """Return the ranked table without the least important columns that the console has no room for."""
    shown = list(columns(ranking))
    unlimited = console.options.update(width=10_000, max_width=10_000)
    while True:
        table = _table(ranking, shown)
        fits = console.measure(table, options=unlimited).maximum <= console.width
        if fits or len(shown) <= FEWEST:
            return table
        shown.remove(max(shown, key=lambda column: column.keep))


def _table(ranking: Ranking, shown: Sequence[Column]) -> Table:
    main = ranking.main
    by = f", ranked by {main.title} ({main.better} is better)" if main else ""
    table = Table(
        box=box.SIMPLE_HEAD,
        title=Text(f"{ranking.dataset}{by}", style="bold"),
        title_justify="left",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in shown:
        justify = "right" if column.numeric else "left"
        heading = Text(textwrap.fill(column.title, HEADING))
        table.add_column(heading, justify=justify, no_wrap=column.numeric, overflow="fold")
    for row in ranking.rows:
        style = "bold" if row.rank == 1 else "dim" if row.rank is None else ""
        table.add_row(*(Text(column.text(row)) for column in shown), style=style)
    return table
