"""`lipschitz report`: tables, figures and page again, from what runs left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lipschitz_trainers.analyses.claims import check_claims
from lipschitz_trainers.cli.console import out
from lipschitz_trainers.reports import print_report, write_report


def report(
    folders: Annotated[list[Path], typer.Argument(help="Folders of experiments.", metavar="DIR...")],
) -> None:
    """Check the claims and redraw the report of finished (or partly finished) experiments."""
    for folder in folders:
        check_claims(folder)
        page = write_report(folder)
        print_report(out, folder)
        out.print(f"Report: [bold]{page}[/]", soft_wrap=True)
