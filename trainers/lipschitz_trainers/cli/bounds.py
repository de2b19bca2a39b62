"""`lipschitz bounds`: between which bounds the Lipschitz constant of a trained critic lies."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from lipschitz_trainers.cli.console import out
from lipschitz_trainers.running.bounds import RunBounds, run_bounds
from lipschitz_trainers.training.records import finite_or_none


class Norm(str, Enum):
    """Norms of the input space."""

    two = "2"
    one = "1"
    inf = "inf"


def bounds(
    folder: Annotated[Path, typer.Argument(help="Folder of one run.", metavar="RUN_DIR")],
    norm: Annotated[
        list[Norm] | None,
        typer.Option(
            "--norm", help="Norm of the input space; repeatable, all by default.", show_default=False
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=0, help="Steps of the search for steep slopes.")] = 30,
    tight: Annotated[
        bool,
        typer.Option(
            "--tight", help="A tighter upper bound, for plain critics; up to minutes for wide ones."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Show the steepest slope found and a certified upper bound of a run's critic, and the norms of its layers."""
    found = run_bounds(folder, [each.value for each in norm or Norm], steps, tight=tight)
    if as_json:
        print(json.dumps(finite_or_none(found.plain()), indent=2))  # noqa: T201
        return
    _show(found)


def _show(found: RunBounds) -> None:
    out.print(
        f"Critic of {escape(found.run)} after {found.critic_steps} critic steps; its Lipschitz constant lies "
        f"between",
        soft_wrap=True,
    )
    table = Table("norm", box=None, pad_edge=False)
    table.add_column("steepest slope found", justify="right")
    table.add_column("certified upper bound", justify="right")
    for each in found.bounds:
        table.add_row(each.norm, _number(each.lower), _number(each.upper))
    out.print(table)
    for reason in dict.fromkeys(
        f"No {side} bound in norm {each.norm}: {why}"
        for each in found.bounds
        for side, why in each.reasons.items()
    ):
        out.print(escape(reason), soft_wrap=True)
    if found.layers:
        out.print()
        layers = Table("linear layer", "type", box=None, pad_edge=False)
        for each in found.bounds:
            layers.add_column(f"norm {each.norm}", justify="right")
        for layer in found.layers:
            layers.add_row(
                escape(layer.path or "the critic"), layer.layer, *map(_number, layer.norms.values())
            )
        out.print(layers)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.5g}"
