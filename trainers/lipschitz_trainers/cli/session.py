"""From resolved runs to a finished folder with its report: what `run` and `compare` share."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from lipschitz import ConfigError
from lipschitz_trainers.cli.console import FAILED, INTERRUPTED, err, out
from lipschitz_trainers.cli.progress import JobProgress
from lipschitz_trainers.config.experiment import ResolvedRun
from lipschitz_trainers.reports import print_report, write_report
from lipschitz_trainers.running.experiment import RESULTS, make_jobs, run_experiment
from lipschitz_trainers.running.jobs import default_workers


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
        typer.Exit: 1 when a run failed, or (strict) a claim is false; 130 after Ctrl-C.
    """
    target = folder if folder is not None else Path("outputs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    if overwrite:
        clear(target)
    jobs = make_jobs(runs, target, resume=resume)
    count = workers if workers is not None else default_workers()
    out.print(
        f"[bold]{name}[/] ({profile}): {len(jobs)} runs, {min(count, len(jobs))} at a time, in {target}"
    )
    progress = JobProgress(jobs, err)
    try:
        with progress.shown():
            results = run_experiment(
                jobs,
                target,
                name=name,
                profile=profile,
                command=command_line(),
                analysis=analysis,
                workers=count,
                scheduler=scheduler,
                on_done=progress.note,
            )
    except KeyboardInterrupt:
        err.print(
            f"[yellow]interrupted[/]; every run keeps a checkpoint. Continue with:\n  {resume_line(target)}"
        )
        raise typer.Exit(INTERRUPTED) from None
    page = write_report(target)
    print_report(out, target)
    out.print(f"Report: [bold]{page}[/]", soft_wrap=True)
    failed = [run for run in results["runs"] if run["status"] != "done"]
    if failed:
        raise typer.Exit(FAILED)
    if strict and any(claim["holds"] is False for claim in results["claims"]):
        raise typer.Exit(FAILED)


def clear(folder: Path) -> None:
    """Delete earlier results, and only those.

    Raises:
        ConfigError: the folder holds something that is not ours.
    """
    if not folder.exists():
        return
    if any(folder.iterdir()) and not (folder / RESULTS).exists():
        raise ConfigError(
            f"--overwrite: {folder} holds no {RESULTS}, so it is left alone; choose another --out."
        )
    shutil.rmtree(folder)


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["lipschitz", *sys.argv[1:]])


def resume_line(folder: Path) -> str:
    """Return the command that continues this one."""
    arguments = [a for a in sys.argv[1:] if a not in ("--resume", "--overwrite")]
    if not any(a == "--out" or a.startswith("--out=") for a in arguments):
        arguments += ["--out", str(folder)]
    return shlex.join(["lipschitz", *arguments, "--resume"])
