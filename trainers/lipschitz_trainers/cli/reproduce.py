"""`lipschitz reproduce`: experiments one after another, and one page with all their claims."""

from __future__ import annotations

import shlex
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from lipschitz import ConfigError, LipschitzError
from lipschitz_trainers.analyses.claims import check_claims
from lipschitz_trainers.analyses.outcomes import Outcome, Tally, outcomes_in
from lipschitz_trainers.analyses.results import FILENAME
from lipschitz_trainers.analyses.wording import duration, gist, plural, value_text
from lipschitz_trainers.cli import options
from lipschitz_trainers.cli.console import FAILED, INTERRUPTED, err, out
from lipschitz_trainers.cli.session import perform
from lipschitz_trainers.config.experiment import Experiment, ResolvedRun, experiment_names, load_experiment
from lipschitz_trainers.reports import has_report, write_claims_page, write_report
from lipschitz_trainers.running.clearing import clear

PAGE = "claims.html"


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Experiments; all packaged ones by default.", metavar="[EXPERIMENT]...", show_default=False
        ),
    ] = None,
    profile: options.Profile = "quick",
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder for everything; by default outputs/reproduce.", show_default=False
        ),
    ] = None,
    sets: options.Sets = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    overwrite: options.Overwrite = False,
    page_only: Annotated[
        bool, typer.Option("--page-only", help="Run nothing; check the claims again and write the page.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", metavar="DIR", help="Write what each experiment came to as a small JSON file there."
        ),
    ] = None,
    strict: options.Strict = False,
) -> None:
    """Run experiments one after another and write one page with every claim.

    Whatever is in --out is continued: finished runs are not run again. An experiment that fails is reported, and the
    others go on; the exit status is then 1.
    """
    if page_only and (names or overwrite):
        raise ConfigError("--page-only shows everything in --out as it is; leave out names and --overwrite.")
    target = folder or Path("outputs") / ("reproduce" if profile == "quick" else f"reproduce-{profile}")
    # Mistakes in the command are found now, not after hours of training.
    planned = (
        [] if page_only else [(each, each.resolve(profile, sets or [])) for each in chosen(names, profile)]
    )
    if overwrite:
        # All of it before the first run, so that an interrupted command can go on without this option.
        for experiment, _ in planned:
            clear(target / experiment.name)
    problems: dict[str, str] = {}
    try:
        for number, (experiment, runs) in enumerate(planned, start=1):
            out.print(f"[dim]{number} of {len(planned)}[/]")
            act = partial(run_one, experiment, runs, target, profile, sets or [], workers, scheduler)
            problems |= attempt(experiment.name, act)
        if page_only:
            for results in sorted(target.glob(f"*/{FILENAME}")):
                problems |= attempt(results.parent.name, partial(look_again, results.parent))
    except KeyboardInterrupt:
        leave()
    finish(target, problems, keep, strict=strict)


def chosen(names: Sequence[str] | None, profile: str) -> list[Experiment]:
    """Return the experiments asked for; of all packaged ones, those that have the profile if any has.

    Raises:
        ConfigError: there is no experiment of that name.
    """
    if names:
        return [load_experiment(name) for name in dict.fromkeys(names)]
    packaged = [load_experiment(name) for name in experiment_names()]
    return [each for each in packaged if profile in each.profiles] or packaged


def attempt(name: str, act: Callable[[], None]) -> dict[str, str]:
    """Do something for one experiment; return what went wrong by its name, after printing it.

    Mistakes in an analysis are caught like any other error: they should not cost the experiments after it.
    """
    try:
        act()
    except (LipschitzError, OSError) as error:
        message = str(error)
    except Exception as error:
        err.print(escape(traceback.format_exc()), soft_wrap=True)
        message = f"{type(error).__name__}: {error}"
    else:
        return {}
    err.print(f"[bold red]error:[/] {escape(name)}: {escape(message)}", soft_wrap=True)
    return {name: message}


def run_one(
    experiment: Experiment,
    runs: Sequence[ResolvedRun],
    target: Path,
    profile: str,
    sets: Sequence[str],
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Run one experiment, or what is left of it, and print how many of its claims hold."""
    folder = target / experiment.name
    changes = [part for change in sets for part in ("--set", change)]
    alone = ["lipschitz", "run", experiment.name, "--profile", profile, *changes, "--out", str(folder)]
    performed = perform(
        runs,
        folder,
        name=experiment.name,
        profile=profile,
        analysis=experiment.analysis,
        command=shlex.join(alone),
        workers=workers,
        scheduler=scheduler,
        resume=True,
        overwrite=False,
    )
    out.print(f"{Tally.of(performed.claims)}\n")


def look_again(folder: Path) -> None:
    """Check the claims in an output folder again, and write its report where there is none."""
    check_claims(folder)
    if not has_report(folder):
        write_report(folder)


def finish(target: Path, problems: Mapping[str, str], keep: Path | None, *, strict: bool) -> None:
    """Write the page of everything in a folder, print the counts, and leave with the right exit status.

    Raises:
        ConfigError: there is nothing in it.
        typer.Exit: 1 when something did not finish, or (strict) a claim is false.
    """
    outcomes, unreadable = outcomes_in(target)
    problems = {**unreadable, **problems}
    if not outcomes and not problems:
        raise ConfigError(
            f"{target} holds no output folders of experiments; run `lipschitz reproduce` first."
        )
    there = {outcome.experiment for outcome in outcomes.values()} | problems.keys()
    page = target / PAGE
    write_claims_page(page, outcomes, problems, [name for name in experiment_names() if name not in there])
    if keep is not None:
        for outcome in outcomes.values():
            outcome.save(keep / f"{outcome.experiment}.json")
    show_outcomes(list(outcomes.values()), problems)
    out.print(f"Page: [bold]{escape(str(page))}[/]", soft_wrap=True)
    failed = bool(problems) or any(outcome.unfinished for outcome in outcomes.values())
    refuted = any(outcome.tally.fails for outcome in outcomes.values())
    if failed or (strict and refuted):
        raise typer.Exit(FAILED)


def show_outcomes(outcomes: Sequence[Outcome], problems: Mapping[str, str]) -> None:
    """Print how many claims hold, experiment by experiment, and which do not."""
    table = Table("experiment", box=None, pad_edge=False)
    for heading in ("hold", "do not", "undecided", "time"):
        table.add_column(heading, justify="right")
    for outcome in outcomes:
        tally = outcome.tally
        counts = (str(count) for count in (tally.holds, tally.fails, tally.undecided))
        table.add_row(escape(outcome.experiment), *counts, duration(outcome.seconds))
    out.print(table)
    for outcome in outcomes:
        for claim in outcome.claims:
            if claim.holds is False:
                said = f"{outcome.experiment}: {claim.statement} Ours: {value_text(claim.measured)}"
                out.print(f"[red]does not hold[/]  {escape(said)}", soft_wrap=True)
        if outcome.unfinished:
            said = f"{outcome.experiment}: {outcome.unfinished} of {plural(outcome.runs, 'run')}"
            out.print(f"[red]did not finish[/] {escape(said)}", soft_wrap=True)
    for name, message in problems.items():
        out.print(f"[red]failed[/]         {escape(name)}: {escape(gist(message))}", soft_wrap=True)
    out.print(f"[bold]{Tally.of(claim for outcome in outcomes for claim in outcome.claims)}[/]")


def leave() -> NoReturn:
    """Say how to go on, and leave."""
    line = shlex.join(["lipschitz", *(argument for argument in sys.argv[1:] if argument != "--overwrite")])
    err.print(
        "[yellow]interrupted[/]; what is finished is kept, runs under way keep a checkpoint. Continue with:",
        soft_wrap=True,
    )
    err.print(f"  {escape(line)}", soft_wrap=True)
    raise typer.Exit(INTERRUPTED)
