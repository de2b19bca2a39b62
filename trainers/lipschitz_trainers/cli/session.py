"""From resolved runs to a finished folder with its report: what `run` and `compare` share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.markup import escape

from lipschitz import ConfigError
from lipschitz_trainers.analyses.claims import check_claims
from lipschitz_trainers.analyses.experiments import checker
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.wording import plural
from lipschitz_trainers.cli.console import FAILED, INTERRUPTED, err, out
from lipschitz_trainers.cli.progress import RunProgress, Watched
from lipschitz_trainers.config.experiment import ResolvedRun
from lipschitz_trainers.reports import print_report, write_report
from lipschitz_trainers.running.clearing import clear
from lipschitz_trainers.running.dask_cluster import LOCAL
from lipschitz_trainers.running.executors import at_a_time
from lipschitz_trainers.running.experiment import make_jobs, run_experiment
from lipschitz_trainers.running.readiness import require_present
from lipschitz_trainers.running.run import finished_result


def carry_out(
    runs: Sequence[ResolvedRun],
    *,
    name: str,
    profile: str,
    analysis: dict[str, Any],
    folder: Path | None,
    workers: int | None,
    scheduler: str | None,
    resume: bool,
    overwrite: bool,
    strict: bool,
) -> None:
    """Run everything, print the tables, write the report, and leave with the right exit status.

    Raises:
        ConfigError: the folder cannot be used as asked.
        DataError: files or packages that the runs need are not here.
        UnknownNameError: the experiment asks for an analysis that is not there.
        typer.Exit: 1 when a run failed, or (strict) a claim is false; 130 after Ctrl-C.
    """
    target = default_folder(name) if folder is None else folder
    try:
        performed = perform(
            runs,
            target,
            name=name,
            profile=profile,
            analysis=analysis,
            command=command_line(),
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            overwrite=overwrite,
        )
    except KeyboardInterrupt:
        leave_interrupted(target)
    print_report(out, target)
    out.print(f"Report: [bold]{escape(str(performed.page))}[/]", soft_wrap=True)
    if performed.failed or (strict and any(claim.holds is False for claim in performed.claims)):
        raise typer.Exit(FAILED)


@dataclass(frozen=True)
class Performed:
    """What came of an experiment that was not interrupted.

    Attributes:
        page: its report.
        claims: the statements checked.
        failed: whether a run failed.
    """

    page: Path
    claims: tuple[Claim, ...]
    failed: bool


def perform(
    runs: Sequence[ResolvedRun],
    target: Path,
    *,
    name: str,
    profile: str,
    analysis: dict[str, Any],
    command: str,
    workers: int | None,
    scheduler: str | None,
    resume: bool,
    overwrite: bool,
) -> Performed:
    """Run everything, check the claims and write the report.

    Raises:
        ConfigError: the folder cannot be used as asked.
        DataError: files or packages that the runs need are not here.
        UnknownNameError: the experiment asks for an analysis that is not there.
        KeyboardInterrupt: Ctrl-C was pressed; what is under way keeps a checkpoint.
    """
    if resume and overwrite:
        raise ConfigError("--resume keeps earlier results and --overwrite deletes them; give one of the two.")
    checker(analysis["name"])  # an unknown one is refused now, not after hours of training
    here = scheduler in (None, LOCAL)  # the machines of a cluster have files and packages of their own
    if here and not resume:
        require_present(run.config for run in runs)
    if overwrite:
        clear(target)
    jobs = make_jobs(runs, target, resume=resume)
    if here and resume:
        require_present(job.config for job in jobs if finished_result(job.config, job.folder) is None)
    watched = {
        job.folder: Watched(f"{job.variant} seed {job.seed}", job.folder, job.config.steps) for job in jobs
    }
    count = at_a_time([job.config for job in jobs], workers)
    where = f"{min(count, len(jobs))} at a time" if here else f"on {scheduler}"
    out.print(
        f"[bold]{escape(name)}[/] ({escape(profile)}): {len(jobs)} runs, {escape(where)}, in {escape(str(target))}",
        soft_wrap=True,
    )
    progress = RunProgress(list(watched.values()), err)
    with progress.shown():
        results = run_experiment(
            jobs,
            target,
            name=name,
            profile=profile,
            command=command,
            analysis=analysis,
            workers=count,
            scheduler=scheduler,
            on_done=lambda job, result: progress.note(watched[job.folder], result),
            tell=lambda text: err.print(f"[dim]{escape(text)}[/]", soft_wrap=True),
        )
    statuses = {run["status"] for run in results["runs"]}
    if "interrupted" in statuses:
        raise KeyboardInterrupt
    for metric, variants in results.get("left_out", {}).items():
        warn_left_out(metric, f"{len(variants)} of {plural(len({job.variant for job in jobs}), 'variant')}")
    claims = check_claims(target).claims
    return Performed(write_report(target), claims, "failed" in statuses)


def warn_left_out(metric: str, where: str) -> None:
    """Say that a metric that was asked for by name has not been measured, and where."""
    err.print(
        f"[yellow]warning:[/] the metric {metric!r} is named in evaluation.metrics and does not apply to the data of "
        f"{escape(where)}; it was left out there.",
        soft_wrap=True,
    )


def default_folder(name: str) -> Path:
    """Return where results go that were given no folder: a new one below ``outputs``."""
    return Path("outputs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"


def leave_interrupted(folder: Path) -> NoReturn:
    """Say how to go on, and leave."""
    arguments = [a for a in sys.argv[1:] if a not in ("--resume", "--overwrite")]
    if not any(a == "--out" or a.startswith("--out=") for a in arguments):
        arguments += ["--out", str(folder)]
    line = shlex.join(["lipschitz", *arguments, "--resume"])
    err.print("[yellow]interrupted[/]; runs under way keep a checkpoint. Continue with:")
    err.print(f"  {escape(line)}", soft_wrap=True)
    raise typer.Exit(INTERRUPTED)


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["lipschitz", *sys.argv[1:]])
