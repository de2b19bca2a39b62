"""`lipschitz list`: what there is to choose from."""

from __future__ import annotations

import inspect
from enum import Enum
from typing import Annotated, Any

import typer
from rich.table import Table

from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import out
from lipschitz_trainers.config.experiment import experiment_names, load_experiment


class Kind(str, Enum):
    """What can be listed."""

    constraints = "constraints"
    experiments = "experiments"
    datasets = "datasets"
    networks = "networks"
    objectives = "objectives"
    metrics = "metrics"


def list_(
    kind: Annotated[
        Kind | None, typer.Argument(help="One kind only; all by default.", show_default=False)
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Names only, one a line, for scripts.")] = False,
) -> None:
    """List constraints, experiments, datasets, networks, objectives and metrics."""
    for one in Kind if kind is None else [kind]:
        rows = entries(one)
        if names:
            for name, *_ in rows:
                print(name)  # noqa: T201
            continue
        table = Table(title=one.value, title_justify="left", title_style="bold", box=None, pad_edge=False)
        table.add_column("name", style="cyan", no_wrap=True)
        if one is Kind.constraints:
            table.add_column("family", no_wrap=True)
            table.add_column("guarantee", no_wrap=True)
        table.add_column("what it is")
        for row in rows:
            table.add_row(*row)
        out.print(table)
        out.print()


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
    lines = (inspect.getdoc(cls) or "").split("\n\n")[0]
    return " ".join(lines.replace("``", "").split())
