"""Where commands print, and how errors look."""

from __future__ import annotations

import warnings
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from lipschitz import ConfigError, DataError, FieldError, LipschitzError, PluginError, UnknownNameError
from lipschitz.host import PluginWarning

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

FAILED, USAGE, INTERRUPTED = 1, 2, 130
"""Exit statuses: a run failed; the command cannot be carried out as asked; Ctrl-C."""

_USER_MISTAKES = (ConfigError, DataError, FieldError, PluginError, UnknownNameError)


def fail(error: LipschitzError) -> NoReturn:
    """Print an error and leave: 2 for what the user can mend in the command or its files, 1 otherwise."""
    err.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
    raise typer.Exit(USAGE if isinstance(error, _USER_MISTAKES) else FAILED)


def show_plugin_warnings() -> None:
    """Print refused plugins as one line each, instead of Python's warning with a source line."""
    default = warnings.showwarning

    def show(message, category, *rest, **more):  # noqa: ANN001, ANN002, ANN003
        if issubclass(category, PluginWarning):
            err.print(f"[yellow]warning:[/] {escape(str(message))}", soft_wrap=True)
        else:
            default(message, category, *rest, **more)

    warnings.showwarning = show
