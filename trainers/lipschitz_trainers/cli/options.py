"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Out: TypeAlias = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for everything; by default below outputs/.", show_default=False),
]
Sets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a setting, e.g. critic.optimizer.lr=2e-4; repeatable."
    ),
]
Seeds: TypeAlias = Annotated[int | None, typer.Option("--seeds", min=1, help="Number of seeds, from 0.")]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="PATTERN", help="Run these variants only, e.g. 'swiss_roll-*'; repeatable."
    ),
]
Profile: TypeAlias = Annotated[str, typer.Option("--profile", help="quick (scaled down) or paper.")]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Runs at the same time; by default one per processor. On GPUs, each has its own.",
    ),
]
Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS|local",
        help="Dask scheduler that gets the runs; local starts a cluster on this machine.",
    ),
]
Devices: TypeAlias = Annotated[
    int | None, typer.Option("--devices", min=1, help="Processes of each run (distributed data parallel).")
]
Resume: TypeAlias = Annotated[
    bool, typer.Option("--resume", help="Continue what is in --out; finished runs are not run again.")
]
Overwrite: TypeAlias = Annotated[
    bool, typer.Option("--overwrite", help="Delete earlier results in --out first.")
]
Strict: TypeAlias = Annotated[bool, typer.Option("--strict", help="Exit with 1 when a claim does not hold.")]


def changes(sets: list[str] | None, devices: int | None) -> list[str]:
    """Return the ``key=value`` changes that ``--set`` and ``--devices`` ask for."""
    return [*(sets or []), *([] if devices is None else [f"devices={devices}"])]
