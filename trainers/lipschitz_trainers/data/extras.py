"""Imports of optional dependencies, late and with a helpful error."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from lipschitz.errors import MissingExtraError


def import_extra(module: str, *, package: str, needed_for: str, extra: str = "train") -> Any:
    """Import `module`, or say which extra brings it.

    Args:
        module: dotted name of the module.
        package: name of the distribution a user knows it by.
        needed_for: what cannot be done without it.
        extra: the extra of torch-lipschitz that brings it.

    Raises:
        MissingExtraError: it is not installed.

    Example:
        >>> import_extra("math", package="Python", needed_for="roots").sqrt(4)
        2.0
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(_not_installed(package, needed_for, extra)) from error


def absent_extra(module: str, *, package: str, needed_for: str, extra: str = "train") -> list[str]:
    """Return what `import_extra` would say; nothing if the module is there. Nothing is imported.

    Args:
        module: dotted name of the module; only its package is looked for.
        package: see `import_extra`.
        needed_for: see `import_extra`.
        extra: see `import_extra`.

    Example:
        >>> absent_extra("math", package="Python", needed_for="roots")
        []
    """
    top = module.partition(".")[0]
    there = sys.modules[top] is not None if top in sys.modules else importlib.util.find_spec(top) is not None
    return [] if there else [_not_installed(package, needed_for, extra)]


def _not_installed(package: str, needed_for: str, extra: str) -> str:
    return (
        f"{needed_for} needs {package}, which is not installed; "
        f"install it with: pip install 'torch-lipschitz[{extra}]'"
    )
