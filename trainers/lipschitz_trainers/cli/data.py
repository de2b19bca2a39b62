"""`lipschitz data`: which data files are where, and how to get them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column, Table

from lipschitz import DataError
from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import err, out
from lipschitz_trainers.data.downloads import fetch
from lipschitz_trainers.data.file_dataset import FileDataset
from lipschitz_trainers.data.places import FOLDER_VARIABLE, data_folder

app = typer.Typer(help="Show which data files are where; fetch what can be fetched.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show the datasets that need files: whether they are here, where, and how to get them."""
    rows = [_row(cls) for cls in _classes().values()]
    if as_json:
        print(json.dumps(rows, indent=2))  # noqa: T201
        return
    table = Table(
        Column("dataset", no_wrap=True),
        Column("here", no_wrap=True),
        Column("folder", overflow="fold"),
        "how to get it",
        box=None,
        pad_edge=False,
    )
    for row in rows:
        here = "[green]yes[/]" if row["here"] else "[yellow]no[/]"
        hint = f"lipschitz data get {row['name']}{'' if row['fetchable'] else ' (says how)'}"
        how = "" if row["here"] else hint
        table.add_row(f"[cyan]{row['name']}[/]", here, escape(row["folder"]), escape(how))
    out.print(table)
    out.print()
    out.print(
        f"Folders are looked for in {escape(str(data_folder()))}; change that with the environment variable "
        f"{FOLDER_VARIABLE}, or for one dataset with its field 'folder'.",
        soft_wrap=True,
    )


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(help="A dataset of `lipschitz data list`.")],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", help="Where to; by default its place in the folder for data.", show_default=False
        ),
    ] = None,
) -> None:
    """Fetch the files of a dataset; what has arrived of an interrupted download is used again."""
    cls = registry.class_of("dataset", name)
    if not issubclass(cls, FileDataset):
        raise DataError(
            f"{name!r} has no files to fetch: it needs none, or reads files of yours; those that have are "
            f"{', '.join(_classes())}."
        )
    dataset = cls() if folder is None else cls(folder=str(folder))
    place = dataset.place()
    if not dataset.missing() and not any((place / download.name).exists() for download in cls.downloads):
        out.print(f"[green]was there[/]  {escape(str(place))}", soft_wrap=True)
        return
    if not cls.downloads:
        raise DataError(f"{name!r} cannot be fetched by a program. {cls.how_to_get()} The folder is {place}.")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        for download in cls.downloads:
            task = progress.add_task(download.name, total=download.megabytes * 1e6)

            def report(done: int, total: int | None, task: Any = task) -> None:
                progress.update(task, completed=done, total=total)

            fetched = fetch(download, place, report)
            note = "fetched" if fetched else "was there"
            out.print(f"[green]{note:9}[/]  {escape(str(place / download.name))}", soft_wrap=True)


def _classes() -> dict[str, type[FileDataset]]:
    return {name: cls for name, cls in registry.registered("dataset").items() if issubclass(cls, FileDataset)}


def _row(cls: type[FileDataset]) -> dict[str, Any]:
    dataset = cls()
    missing = dataset.missing()
    return {
        "name": cls.name,
        "here": not missing,
        "folder": str(dataset.place()),
        "missing": missing,
        "fetchable": bool(cls.downloads),
        "how": cls.how_to_get(),
    }
