"""`lipschitz doctor`: what stands between a critic and a correct gradient penalty."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any

import torch
import typer
from rich.markup import escape
from rich.table import Table

import lipschitz
from lipschitz import BatchError, ConfigError, Diagnosis, Finding
from lipschitz_trainers.cli.console import FAILED, out
from lipschitz_trainers.cli.imported import critic_from

COLORS = {"error": "bold red", "warning": "yellow", "info": "dim"}


class Precision(str, Enum):
    """Number formats of samples."""

    float32 = "float32"
    float64 = "float64"
    bfloat16 = "bfloat16"
    float16 = "float16"


def doctor(
    target: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:CALLABLE",
            help="What returns the critic, importable from here: a function or class called without arguments.",
        ),
    ],
    shape: Annotated[
        list[str],
        typer.Option(
            "--shape", metavar="3,32,32", help="Of one sample; repeat it where samples are tuples of tensors."
        ),
    ],
    condition: Annotated[
        list[str] | None,
        typer.Option(
            "--condition",
            metavar="SHAPE|labels:N",
            help="What the critic gets after the sample: numbers of a shape, or class labels below N; repeatable.",
        ),
    ] = None,
    batch: Annotated[
        int, typer.Option("--batch", min=1, help="Samples; best the batch size used in training.")
    ] = 8,
    dtype: Annotated[Precision, typer.Option("--dtype", help="Of samples and critic.")] = Precision.float32,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Diagnose a critic: coupled samples, derivatives, engine, saturation, randomness, precision, compilation.

    Exit status 1 when a correct per-sample gradient penalty is impossible with it.
    """
    number = getattr(torch, dtype.value)
    generator = torch.Generator().manual_seed(0)
    points = [torch.randn(batch, *sizes(text), generator=generator).to(number) for text in shape]
    entries = [_condition(text, batch, generator, number) for text in condition or []]
    critic = critic_from(target).to(number)
    try:
        diagnosis = lipschitz.diagnose(critic, points[0] if len(points) == 1 else tuple(points), *entries)
    except BatchError as error:
        raise ConfigError(str(error)) from error
    if as_json:
        print(json.dumps(diagnosis.to_dict(), indent=2))  # noqa: T201
    else:
        _show(target, diagnosis)
    if not diagnosis.ok:
        raise typer.Exit(FAILED)


def sizes(text: str) -> tuple[int, ...]:
    """Return the shape that ``3,32,32`` means.

    Raises:
        ConfigError: it is not whole numbers from 1 with commas in between.

    Example:
        >>> sizes("3,32,32")
        (3, 32, 32)
    """
    parts = text.strip().strip("()[]").rstrip(",").split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and int(part) > 0 for part in parts):
        raise ConfigError(
            f"a shape is whole numbers from 1 with commas in between, such as 3,32,32 (without the batch axis), got "
            f"{text!r}."
        )
    return tuple(int(part) for part in parts)


def _condition(text: str, batch: int, generator: torch.Generator, dtype: torch.dtype) -> Any:
    kind, colon, count = text.partition(":")
    if not colon:
        return torch.randn(batch, *sizes(text), generator=generator).to(dtype)
    if kind != "labels" or not count.isdigit() or int(count) == 0:
        raise ConfigError(
            f"a condition is a shape such as 10, or labels:N for class labels below N, got {text!r}."
        )
    return torch.randint(int(count), (batch,), generator=generator)


def _show(target: str, diagnosis: Diagnosis) -> None:
    mark = "[bold green]ok[/]" if diagnosis.ok else "[bold red]not ok[/]"
    out.print(f"{mark}  [cyan]{escape(target)}[/]  {escape(diagnosis.headline)}", soft_wrap=True)
    if not diagnosis.findings:
        out.print("Nothing to report.", style="dim")
        return
    table = Table("", "layer", "what", "fix", box=None, pad_edge=False, padding=(1, 2, 0, 0))
    for finding in diagnosis.findings:
        table.add_row(*_row(finding))
    out.print(table)


def _row(finding: Finding) -> tuple[str, str, str, str]:
    color = COLORS[finding.severity]
    layer = f"[cyan]{escape(finding.layer)}[/]" if finding.layer else "[dim]whole critic[/]"
    what = f"[bold]{finding.code}[/]\n{escape(finding.message)}"
    return f"[{color}]{finding.severity}[/]", layer, what, escape(finding.fix)
