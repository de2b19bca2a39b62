"""`lipschitz run`: an experiment."""

from __future__ import annotations

from typing import Annotated

import typer

from lipschitz_trainers.cli import options
from lipschitz_trainers.cli.session import carry_out
from lipschitz_trainers.config.experiment import load_experiment


def run(
    experiment: Annotated[
        str, typer.Argument(help="Name of an experiment (see `lipschitz list`) or a YAML file.")
    ],
    profile: options.Profile = "quick",
    out: options.Out = None,
    sets: options.Sets = None,
    seeds: options.Seeds = None,
    only: options.Only = None,
    workers: options.Workers = None,
    devices: options.Devices = None,
    scheduler: options.Scheduler = None,
    resume: options.Resume = False,
    overwrite: options.Overwrite = False,
    strict: options.Strict = False,
) -> None:
    """Run every variant and seed of an experiment; write figures, claims and a report."""
    loaded = load_experiment(experiment)
    carry_out(
        loaded.resolve(profile, options.changes(sets, devices), seeds, only),
        name=loaded.name,
        profile=profile,
        analysis=loaded.analysis,
        folder=out,
        workers=workers,
        scheduler=scheduler,
        resume=resume,
        overwrite=overwrite,
        strict=strict,
    )
