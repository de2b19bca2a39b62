"""Datasets, networks, objectives, metrics and extractors by name, beside the core's constraints."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

from lipschitz.errors import PluginError
from lipschitz.fields import Checked
from lipschitz.host import Axis, PluginHost
from lipschitz.registry import CONSTRAINTS, build_checked
from lipschitz.registry import plugin_manager as constraint_host
from lipschitz_trainers import hookspecs


def _axis(kind: str) -> Axis[type[Any]]:
    return Axis(
        kind=kind,
        hook=f"register_{kind}s",
        name_of=lambda cls: cls.name,
        validate=functools.partial(_require_valid, kind),
    )


def _require_valid(kind: str, cls: Any) -> None:
    shown = getattr(cls, "__qualname__", repr(cls))
    if not (isinstance(cls, type) and issubclass(cls, Checked) and is_dataclass(cls)):
        raise PluginError(f"{shown} is not a frozen dataclass deriving from the trainer's {kind} base class.")
    if "__dataclass_params__" not in cls.__dict__:
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


AXES: dict[str, Axis[type[Any]]] = {
    "constraint": CONSTRAINTS,
    "dataset": _axis("dataset"),
    "network": _axis("network"),
    "objective": _axis("objective"),
    "metric": _axis("metric"),
    "extractor": _axis("extractor"),
}
"""Everything a run chooses by name, by singular noun."""

PARSERS: dict[str, Callable[[Any], Any]] = {}
"""How a block of a configuration becomes an object, by singular noun, where fields of other things have that type;
filled in by the configuration, which lies above."""


@functools.cache
def plugin_manager() -> PluginHost:
    """Return the manager of the trainer's own plugins; created once per process."""
    host = PluginHost(hookspecs.PROJECT, hookspecs)
    host.load_entry_points()
    return host


def host_of(kind: str) -> PluginHost:
    """Return the manager that knows `kind`: the core's for constraints, the trainer's for the rest."""
    return constraint_host() if kind == "constraint" else plugin_manager()


def registered(kind: str) -> dict[str, type[Any]]:
    """Return every registered class of `kind` (a key of `AXES`) by name, sorted."""
    return dict(sorted(host_of(kind).collect(AXES[kind]).items()))


def class_of(kind: str, name: str) -> type[Any]:
    """Return the class registered under `name`.

    Raises:
        UnknownNameError: nobody registered it.
        PluginError: the plugin that offers it was refused.
    """
    return host_of(kind).lookup(AXES[kind], name)


def build(kind: str, name: str, **values: Any) -> Any:
    """Build a registered dataset, network, objective, metric, extractor or constraint. Raises as `lipschitz.build`."""
    return build_checked(class_of(kind, name), values, f"{kind} {name!r}")
