"""`lipschitz plugins`: what is installed, what it provides, what was refused and why."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import out


def plugins(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show installed plugins, what each provides, and why any was refused."""
    rows = collect()
    if as_json:
        print(json.dumps(rows, indent=2))  # noqa: T201
        return
    table = Table(Column("plugin", no_wrap=True), "distribution", "provides", box=None, pad_edge=False)
    for row in rows:
        if row["problem"]:
            shown = f"[red]refused:[/] {escape(row['problem'])}"
        else:
            shown = escape(
                "; ".join(f"{hook}: {', '.join(names)}" for hook, names in row["provides"].items())
            )
        table.add_row(f"[cyan]{escape(row['plugin'])}[/]", escape(row["distribution"]), shown)
    out.print(table)


def collect() -> list[dict[str, Any]]:
    """Return a row for each plugin of both groups, refused ones last."""
    for kind in registry.AXES:
        registry.registered(kind)  # collecting finds out what plugins provide, and refuses broken ones
    hosts = {id(host): host for host in (registry.host_of(kind) for kind in registry.AXES)}.values()
    infos = [info for host in hosts for info in host.infos.values()]
    infos += [info for host in hosts for info in host.refused.values()]
    return [
        {
            "plugin": info.name,
            "distribution": info.distribution,
            "provides": {hook.removeprefix("register_"): names for hook, names in info.provides.items()},
            "problem": info.problem,
        }
        for info in infos
    ]
