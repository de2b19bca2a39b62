"""`lipschitz compare`: constraints on equal terms."""

from __future__ import annotations

from typing import Annotated

import typer

from lipschitz_trainers.cli import options
from lipschitz_trainers.cli.session import carry_out
from lipschitz_trainers.running.comparison import comparison


def compare(
    constraints: Annotated[
        list[str], typer.Argument(help="Names of two or more constraints.", metavar="CONSTRAINT...")
    ],
    on: Annotated[str, typer.Option("--on", metavar="DATASET", help="Name of the dataset.")],
    seeds: options.Seeds = None,
    profile: options.Profile = "quick",
    out: options.Out = None,
    sets: options.Sets = None,
    recommended: Annotated[
        bool, typer.Option("--recommended", help="Each constraint with its published optimizer.")
    ] = False,
    workers: options.Workers = None,
    devices: options.Devices = None,
    scheduler: options.Scheduler = None,
    resume: options.Resume = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Train constraints on equal terms and rank them.

    Equal terms: the same initial weights, streams of data and noise, number of steps, and one optimizer for all,
    unless --recommended gives each constraint its published one.
    """
    experiment = comparison(constraints, on, sets or [], recommended=recommended)
    carry_out(
        experiment.resolve(profile, options.changes(sets, devices), seeds),
        name=experiment.name,
        profile=profile,
        analysis=experiment.analysis,
        folder=out,
        workers=workers,
        scheduler=scheduler,
        resume=resume,
        overwrite=overwrite,
        strict=False,
    )
