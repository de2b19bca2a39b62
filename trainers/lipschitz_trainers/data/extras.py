"""Imports of optional dependencies, late and with a helpful error."""

from __future__ import annotations

import importlib
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
        raise MissingExtraError(
            f"{needed_for} needs {package}, which is not installed; "
            f"install it with: pip install 'torch-lipschitz[{extra}]'"
        ) from error
