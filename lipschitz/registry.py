"""Constraints by name: `build`, `constraints` and the plugin manager behind them."""

from __future__ import annotations

import functools
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from types import SimpleNamespace
from typing import Any

from lipschitz import hookspecs
from lipschitz.constraint import Constraint
from lipschitz.errors import FieldError, PluginError, did_you_mean
from lipschitz.host import Axis, PluginHost

MOMENTS = ("prepare", "penalty", "project")


@functools.cache
def plugin_manager() -> PluginHost:
    """Return the manager with every installed plugin loaded; created once per process."""
    host = PluginHost(hookspecs.PROJECT, hookspecs)
    host.load_entry_points()
    return host


def constraints() -> dict[str, type[Constraint]]:
    """Return every registered constraint class by its name, sorted.

    Example:
        >>> "weight_clipping" in constraints()
        True
    """
    return dict(sorted(plugin_manager().collect(CONSTRAINTS).items()))


def constraint_class(name: str) -> type[Constraint]:
    """Return the class registered under `name`. Raises as `build`."""
    return plugin_manager().lookup(CONSTRAINTS, name)


def build(name: str, **values: Any) -> Constraint:
    """Build a registered constraint.

    Args:
        name: its registered name, see `constraints`.
        **values: its fields; the others keep their defaults.

    Raises:
        UnknownNameError: nothing is registered under `name`.
        PluginError: the plugin that offers `name` was refused.
        FieldError: a field is unknown, missing, of the wrong type or out of range.

    Example:
        >>> build("two_sided_gradient_penalty", coefficient=5).coefficient
        5.0
    """
    return build_checked(constraint_class(name), values, f"constraint {name!r}")


def build_checked(cls: Any, values: dict[str, Any], what: str) -> Any:
    """Call a dataclass with keyword values, turning unknown or missing ones into a clear `FieldError`."""
    known = {field.name: field for field in fields(cls) if field.init}
    for key in values:
        if key not in known:
            listed = ", ".join(known) or "none"
            raise FieldError(f"{what} has no field {key!r}.{did_you_mean(key, known)} Its fields: {listed}.")
    missing = [
        name
        for name, field in known.items()
        if field.default is MISSING and field.default_factory is MISSING and name not in values
    ]
    if missing:
        raise FieldError(
            f"{what} needs a value for {', '.join(map(repr, missing))}; see `lipschitz describe`."
        )
    return cls(**values)


@contextmanager
def registered(*classes: type[Constraint], name: str = "registered_by_hand") -> Generator[None]:
    """Register constraint classes for the length of a ``with`` block (notebooks and tests).

    Raises:
        PluginError: a class is not a valid constraint.
    """

    @hookspecs.hookimpl
    def register_constraints(register: hookspecs.Register) -> None:
        for cls in classes:
            register(cls)

    host = plugin_manager()
    for cls in classes:
        require_valid(cls)
    host.add(SimpleNamespace(register_constraints=register_constraints), name)
    try:
        host.collect(CONSTRAINTS)
        if name in host.refused:
            raise PluginError(host.refused[name].problem)
        yield
    finally:
        host.remove(name)


def require_valid(cls: Any) -> None:
    """Refuse a class that cannot be a constraint.

    Raises:
        PluginError: it is no frozen dataclass deriving from `Constraint`, has no usable name, has a ``name``
            field, or overrides none of the three moments.
    """
    shown = getattr(cls, "__qualname__", repr(cls))
    if not (isinstance(cls, type) and issubclass(cls, Constraint)):
        raise PluginError(
            f"{shown} is not a class deriving from lipschitz.Constraint; register the class itself."
        )
    if not is_dataclass(cls) or "__dataclass_params__" not in cls.__dict__:
        raise PluginError(
            f"{shown} is not a dataclass; decorate it with @dataclass(frozen=True, kw_only=True)."
        )
    if any(field.name == "name" for field in fields(cls)):
        raise PluginError(
            f"{shown} has a field called 'name'; set `name = ...` on the class without annotation."
        )
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        raise PluginError(f"{shown} needs a class attribute `name` in snake_case, got {name!r}.")
    if all(getattr(cls, moment) is getattr(Constraint, moment) for moment in MOMENTS):
        raise PluginError(f"{shown} overrides none of prepare, penalty, project: it would constrain nothing.")


CONSTRAINTS: Axis[type[Constraint]] = Axis(
    kind="constraint",
    hook="register_constraints",
    name_of=lambda cls: cls.name,
    validate=require_valid,
)
