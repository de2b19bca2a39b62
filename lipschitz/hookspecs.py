"""The whole extension surface of the core: one hook.

A plugin is a module with one class and one function marked `lipschitz.hookimpl`, announced by one entry point
of the group ``lipschitz``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pluggy

from lipschitz.constraint import Constraint

PROJECT = "lipschitz"
"""Pluggy's project name and the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Register: TypeAlias = Callable[[type[Constraint]], None]


@hookspec
def register_constraints(register: Register) -> None:  # pyright: ignore[reportUnusedParameter]
    """Call ``register(SomeConstraint)`` once for every constraint class of the plugin.

    Args:
        register: takes a frozen dataclass deriving from `lipschitz.Constraint`.

    Example:
        >>> @hookimpl
        ... def register_constraints(register):
        ...     register(MyConstraint)
    """
