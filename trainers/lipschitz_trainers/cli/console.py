"""Where commands print, and how errors look."""

from __future__ import annotations

import warnings
from typing import Any

from rich.console import Console
from rich.markup import escape

from lipschitz import ConfigError, DataError, FieldError, MissingExtraError, PluginError, UnknownNameError
from lipschitz.host import PluginWarning

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

FAILED, USAGE, INTERRUPTED = 1, 2, 130
"""Exit statuses: a run failed; the command cannot be carried out as asked; Ctrl-C."""

_USER_MISTAKES = (ConfigError, DataError, FieldError, MissingExtraError, PluginError, UnknownNameError)


def show(error: Exception) -> int:
    """Print an error; return 2 for what the user can mend in the command or its files, 1 otherwise."""
    err.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
    return USAGE if isinstance(error, _USER_MISTAKES) else FAILED


def show_plugin_warnings() -> None:
    """Print refused plugins as one line each, instead of Python's warning with a source line."""
    default = warnings.showwarning

    def show_one(message: Any, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, PluginWarning):
            err.print(f"[yellow]warning:[/] {escape(str(message))}", soft_wrap=True)
        else:
            default(message, category, *rest, **more)

    warnings.showwarning = show_one
