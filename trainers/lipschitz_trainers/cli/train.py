"""`lipschitz train`: one run from a configuration file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lipschitz import ConfigError
from lipschitz_trainers.cli import options
from lipschitz_trainers.cli.console import FAILED, INTERRUPTED, err, out
from lipschitz_trainers.cli.session import resume_line
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.running.run import run as run_one


def train(
    config: Annotated[Path, typer.Argument(help="YAML file with a complete run configuration.")],
    folder: options.Out = None,
    sets: options.Sets = None,
    resume: options.Resume = False,
) -> None:
    """Train one configuration, such as the config.yaml that every run of an experiment leaves."""
    loaded = load_run(config, sets or [])
    target = (
        folder if folder is not None else Path("outputs") / f"{config.stem}-{datetime.now():%Y%m%d-%H%M%S}"
    )
    if not resume and (target / "result.json").exists():
        raise ConfigError(
            f"{target} already holds a run; continue it with --resume, or choose another --out."
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("generator iterations", total=loaded.steps)
        result = run_one(
            loaded, target, resume=resume, on_iteration=lambda done: progress.update(bar, completed=done)
        )
    for key, value in result["metrics"].items():
        out.print(f"{key:28} {value:.6g}" if value is not None else f"{key:28} not finite")
    out.print(f"{result['status']}: {target}", soft_wrap=True)
    if result["status"] == "interrupted":
        err.print(f"{escape(result['error'])} Continue with:\n  {resume_line(target)}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    if result["status"] == "failed":
        err.print(f"[bold red]error:[/] {escape(result['error'])}", soft_wrap=True)
        raise typer.Exit(FAILED)
