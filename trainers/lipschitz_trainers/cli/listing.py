"""`lipschitz list`: what there is to choose from."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import out
from lipschitz_trainers.cli.docstrings import docstring_of
from lipschitz_trainers.config.experiment import experiment_names, load_experiment


class Kind(str, Enum):
    """What can be listed."""

    constraints = "constraints"
    experiments = "experiments"
    datasets = "datasets"
    networks = "networks"
    objectives = "objectives"
    metrics = "metrics"
    extractors = "extractors"


def list_(
    kind: Annotated[
        Kind | None, typer.Argument(help="One kind only; all by default.", show_default=False)
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Names only, one a line, for scripts.")] = False,
) -> None:
    """List constraints, experiments, datasets, networks, objectives, metrics and extractors."""
    for one in Kind if kind is None else [kind]:
        rows = entries(one)
        if names:
            for name, *_ in rows:
                print(name)  # noqa: T201
            continue
        table = Table(title=one.value, title_justify="left", title_style="bold", box=None, pad_edge=False)
        table.add_column("name", style="cyan", no_wrap=True)
        if one is Kind.constraints:
            table.add_column("guarantee", no_wrap=True)
        table.add_column("what it is")
        if one is Kind.constraints:
            add_by_family(table, rows)
        else:
            for row in rows:
                table.add_row(*map(escape, row))
        out.print(table)
        out.print()


def add_by_family(table: Table, rows: list[tuple[str, ...]]) -> None:
    """Add rows of constraints to a table, under a heading for each family."""
    for family in sorted({family for _, family, *_ in rows}):
        table.add_row(f"[bold magenta]{escape(family)}[/]")
        for name, own, *rest in rows:
            if own == family:
                table.add_row(f"  {name}", *map(escape, rest))


def entries(kind: Kind) -> list[tuple[str, ...]]:
    """Return a row for each thing of a kind: name, for constraints family and guarantee, and one line."""
    if kind is Kind.experiments:
        return [(name, load_experiment(name).description) for name in experiment_names()]
    classes = registry.registered(kind.value.removesuffix("s"))
    if kind is Kind.constraints:
        return [(name, cls.family, cls.guarantee, summary(cls)) for name, cls in classes.items()]
    return [(name, summary(cls)) for name, cls in classes.items()]


def summary(cls: type[Any]) -> str:
    """Return the first paragraph of a class's docstring as one line, without markup."""
    return docstring_of(cls).summary
