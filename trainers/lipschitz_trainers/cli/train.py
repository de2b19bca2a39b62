"""`lipschitz train`: one run from a configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lipschitz_trainers.cli import options
from lipschitz_trainers.cli.console import FAILED, err, out
from lipschitz_trainers.cli.progress import RunProgress, Watched
from lipschitz_trainers.cli.session import default_folder, leave_interrupted, warn_left_out
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.running.readiness import require_present
from lipschitz_trainers.running.run import finished_result
from lipschitz_trainers.running.run import run as run_one


def train(
    config: Annotated[Path, typer.Argument(help="YAML file with a complete run configuration.")],
    folder: options.Out = None,
    sets: options.Sets = None,
    devices: options.Devices = None,
    resume: options.Resume = False,
) -> None:
    """Train one configuration, such as the config.yaml that every run of an experiment leaves."""
    loaded = load_run(config, options.changes(sets, devices))
    target = default_folder(config.stem) if folder is None else folder
    if not resume or finished_result(loaded, target) is None:
        require_present([loaded])
    with RunProgress([Watched(config.stem, target, loaded.steps)], err).shown():
        result = run_one(loaded, target, resume=resume)
    for metric in result.get("left_out") or ():
        warn_left_out(metric, "this run")
    for key, value in result["metrics"].items():
        out.print(f"{key:28} not finite" if value is None else f"{key:28} {value:.6g}")
    out.print(f"{result['status']}: {escape(str(target))}", soft_wrap=True)
    if result["status"] == "interrupted":
        err.print(escape(result["error"]), soft_wrap=True)
        leave_interrupted(target)
    if result["status"] == "failed":
        err.print(f"[bold red]error:[/] {escape(result['error'])}", soft_wrap=True)
        raise typer.Exit(FAILED)
