"""`lipschitz describe`: everything about one name."""

from __future__ import annotations

import inspect
import types
import typing
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any, get_args, get_origin

import typer
from rich.markup import escape
from rich.table import Table

from lipschitz.errors import unknown_name
from lipschitz.fields import field_types
from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import out
from lipschitz_trainers.config.experiment import experiment_names, load_experiment


def describe(
    name: Annotated[
        str, typer.Argument(help="A constraint, dataset, network, objective, metric or experiment.")
    ],
) -> None:
    """Show what something is: its documentation, fields with ranges and defaults, and where it comes from."""
    kinds = [kind for kind in registry.AXES if name in registry.registered(kind)]
    if name in experiment_names():
        _describe_experiment(name)
    for kind in kinds:
        _describe_class(kind, registry.class_of(kind, name))
    if not kinds and name not in experiment_names():
        for kind in registry.AXES:  # a refused plugin's name tells why
            if name in registry.host_of(kind).refused:
                registry.class_of(kind, name)
        known = {n for kind in registry.AXES for n in registry.registered(kind)} | set(experiment_names())
        raise unknown_name("name", name, known)


def _describe_class(kind: str, cls: type[Any]) -> None:
    out.print(f"[bold cyan]{cls.name}[/]  ({kind})")
    facts = [
        f"{key}: {getattr(cls, key)}"
        for key in ("family", "guarantee", "role", "better")
        if hasattr(cls, key)
    ]
    if kind == "constraint" and cls.changes:
        facts.append(f"changes: {', '.join(sorted(cls.changes))}")
    facts.append(f"from: {_origin(kind, cls.name)}")
    out.print(escape("  ".join(facts)), style="dim", soft_wrap=True)
    out.print()
    out.print(escape(inspect.getdoc(cls) or ""), soft_wrap=True)
    out.print()
    annotations = field_types(cls)
    if annotations:
        table = Table(
            "field", "type", "default", title="fields", title_justify="left", box=None, pad_edge=False
        )
        for field in fields(cls):
            table.add_row(field.name, escape(spell(annotations[field.name])), escape(default_of(field)))
        out.print(table)


def default_of(field: Field[Any]) -> str:
    """Return a field's default as Python writes it, or ``required``."""
    if field.default_factory is not MISSING:
        return repr(field.default_factory())
    return "required" if field.default is MISSING else repr(field.default)


def spell(annotation: Any) -> str:
    """Return a type for people: ``Annotated[float, Gt(0)]`` becomes ``float > 0``.

    Example:
        >>> from annotated_types import Gt
        >>> spell(Annotated[float, Gt(0)])
        'float > 0'
    """
    if get_origin(annotation) is Annotated:
        inner, *bounds = get_args(annotation)
        signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "min_length": "length >="}
        texts = [
            f"{sign} {getattr(bound, key)}"
            for bound in bounds
            for key, sign in signs.items()
            if getattr(bound, key, None) is not None
        ]
        return " ".join([spell(inner), " and ".join(texts)]).strip()
    if get_origin(annotation) is typing.Literal:
        return " | ".join(map(str, get_args(annotation)))
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return "null" if annotation is type(None) else annotation.__name__
    if get_origin(annotation) in (typing.Union, types.UnionType):
        return " | ".join(spell(argument) for argument in get_args(annotation))
    return str(annotation).replace("typing.", "")


def _origin(kind: str, name: str) -> str:
    host = registry.host_of(kind)
    for info in host.infos.values():
        if name in info.provides.get(registry.AXES[kind].hook, []):
            return f"{info.distribution} (plugin {info.name})"
    return "unknown"


def _describe_experiment(name: str) -> None:
    experiment = load_experiment(name)
    out.print(f"[bold cyan]{name}[/]  (experiment)")
    out.print(escape(experiment.description))
    if experiment.paper:
        out.print(f"paper: {escape(experiment.paper)}")
    out.print(f"profiles: {', '.join(experiment.profiles)}")
    out.print(f"variants: {', '.join(experiment.variants)}", soft_wrap=True)
    out.print(f"run it: lipschitz run {name} --profile quick")
