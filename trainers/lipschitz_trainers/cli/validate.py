"""`lipschitz validate`: check files without running them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lipschitz import LipschitzError
from lipschitz_trainers.cli.console import USAGE, err, out
from lipschitz_trainers.config.run_file import examine_file


def validate(
    files: Annotated[
        list[Path], typer.Argument(help="Run configurations or experiments.", metavar="FILE...")
    ],
) -> None:
    """Check run configurations and experiments; list every problem with file and line.

    Files and packages that are not here are problems too, where a run or every profile of an experiment needs them.
    """
    bad = 0
    for file in files:
        try:
            problems, elsewhere = ([str(problem) for problem in found] for found in examine_file(file))
        except LipschitzError as error:
            problems, elsewhere = [str(error)], []
        if not problems:
            out.print(f"[green]ok[/]  {escape(str(file))}", soft_wrap=True)
        for problem in problems:
            err.print(escape(problem), soft_wrap=True)
        for problem in elsewhere:
            out.print(f"[yellow]not on this machine:[/] {escape(problem)}", soft_wrap=True)
        bad += len(problems)
    if bad:
        err.print(f"[bold red]error:[/] {bad} problem{'s' if bad > 1 else ''} found")
        raise typer.Exit(USAGE)
