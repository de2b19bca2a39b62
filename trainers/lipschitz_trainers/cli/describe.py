"""`lipschitz describe`: everything about one name."""

from __future__ import annotations

import textwrap
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any, get_args, get_origin

import typer
from rich.markup import escape
from rich.table import Table

from lipschitz import Constraint
from lipschitz.errors import UnknownNameError, unknown_name
from lipschitz.fields import field_types
from lipschitz_trainers import registry
from lipschitz_trainers.analyses.wording import plural
from lipschitz_trainers.cli.console import out
from lipschitz_trainers.cli.docstrings import docstring_of
from lipschitz_trainers.config.experiment import experiment_names, load_experiment


def describe(
    name: Annotated[
        str,
        typer.Argument(help="A constraint, dataset, network, objective, metric, extractor or experiment."),
    ],
) -> None:
    """Show what something is: its documentation, fields with ranges and defaults, and where it comes from."""
    kinds = [kind for kind in registry.AXES if name in registry.registered(kind)]
    if name in experiment_names():
        _describe_experiment(name)
    for kind in kinds:
        _describe_class(kind, registry.class_of(kind, name))
    if not kinds and name in WRAPPERS and name not in experiment_names():
        out.print(f"[bold cyan]{name}[/]  (acts on constraints)")
        out.print(escape(WRAPPERS[name]))
    elif not kinds and name not in experiment_names():
        for kind in registry.AXES:  # a refused plugin's name tells why
            if name in registry.host_of(kind).refused:
                registry.class_of(kind, name)
        known = {n for kind in registry.AXES for n in registry.registered(kind)} | set(experiment_names())
        longer = sorted(other for other in known if other.startswith(name))
        if name and longer:
            raise UnknownNameError(
                f"unknown name {name!r}. Did you mean {' or '.join(map(repr, longer))}? See all with `lipschitz list`."
            )
        raise unknown_name("name", name, known)


_COMPOSE = (
    "In YAML, write a list: `constraint: [spectral_norm, {name: r1_gradient_penalty}]` applies all of it. In Python, "
    "lipschitz.compose(one, other)."
)
_SCHEDULES = (
    "In YAML, a key of a constraint's block, from field to schedule: `constraint: {name: one_sided_gradient_penalty, "
    "schedules: {coefficient: {name: linear, start: 1, end: 10, steps: 1000}}}`. In Python, "
    "lipschitz.scheduled(constraint, coefficient=Linear(start=1, end=10, steps=1000))."
)
WRAPPERS = {
    "every": (
        "In YAML, a key of a constraint's block: `constraint: {name: one_sided_gradient_penalty, every: 16}` takes the "
        "penalty at every 16th critic step only, 16 times as large. In Python, lipschitz.every(16, constraint)."
    ),
    "scheduled": _SCHEDULES,
    "schedules": _SCHEDULES,
    "compose": _COMPOSE,
    "composition": _COMPOSE,
}
"""What is no registered name but acts on constraints, and how it is written."""


def _describe_class(kind: str, cls: type[Any]) -> None:
    parts = docstring_of(cls)
    out.print(f"[bold cyan]{cls.name}[/]  ({kind})")
    out.print(escape(parts.summary))
    if parts.formula:
        out.print(f"\n{escape(textwrap.indent(parts.formula, '    '))}", soft_wrap=True)
    if parts.body:
        out.print(f"\n{escape(parts.body)}")
    out.print()
    facts = Table.grid(padding=(0, 2))
    for key, value in _facts(kind, cls):
        facts.add_row(f"[dim]{key}:[/]", escape(str(value)))
    out.print(facts)
    annotations = field_types(cls)
    if annotations:
        table = Table(box=None, pad_edge=False, title="fields", title_justify="left", title_style="bold")
        table.add_column("name", style="cyan", no_wrap=True)
        for heading in ("type and range", "default", "meaning"):
            table.add_column(heading)
        meanings: dict[str, str] = {}
        for base in reversed(cls.__mro__):  # an inherited field may be explained where it is declared
            meanings |= docstring_of(base).attributes
        for field in fields(cls):
            meaning = meanings.get(field.name, "")
            row = (field.name, spell(annotations[field.name]), default_of(field), meaning)
            table.add_row(*map(escape, row))
        out.print()
        out.print(table)
    for title, text in parts.sections.items():
        out.print(f"\n[bold]{'source' if title == 'References' else title.lower()}[/]")
        out.print(escape(text), soft_wrap=True)


def _facts(kind: str, cls: type[Any]) -> list[tuple[str, str]]:
    """Return what a class says about itself in its class attributes, and which plugin it is from."""
    facts = [(key, str(getattr(cls, key))) for key in ("family", "role", "better") if hasattr(cls, key)]
    if kind == "constraint":
        facts += [
            ("guarantee", explained(cls.guarantee, GUARANTEES)),
            ("cost", explained(cls.cost, COSTS)),
        ]
        # What a penalty on the weights costs does not depend on samples.
        if cls.penalty is not Constraint.penalty and cls.cost != "weights":
            facts.append(("looks at", "each sample alone" if cls.per_sample else "the batch as a whole"))
        if cls.changes:
            facts.append(("changes", ", ".join(sorted(cls.changes))))
    return [*facts, ("from", _origin(kind, cls.name))]


GUARANTEES = {
    "hard": "a bound on the slope follows from the parameters, at every step",
    "soft": "steep slopes cost, where the penalty looks",
    "none": "nothing is said about slopes",
}
"""What the values of `lipschitz.Constraint.guarantee` mean."""

COSTS = {
    "weights": "work on the weights, whatever the batch",
    "forward": "more forward passes",
    "double backward": "gradients by input, differentiated again",
    "unknown": "its class does not say",
}
"""What the values of `lipschitz.Constraint.cost` mean."""


def explained(value: str, meanings: Mapping[str, str]) -> str:
    """Return a value with its meaning, where that is known.

    Example:
        >>> explained("forward", COSTS)
        'forward: more forward passes'
        >>> explained("a lot", COSTS)
        'a lot'
    """
    return f"{value}: {meanings[value]}" if value in meanings else value


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


MANY = 40
"""More names than this are not spelled out."""


def _describe_experiment(name: str) -> None:
    experiment = load_experiment(name)
    out.print(f"[bold cyan]{name}[/]  (experiment)")
    out.print(escape(experiment.description))
    if experiment.paper:
        out.print(f"paper: {escape(experiment.paper)}")
    for profile in experiment.profiles:
        runs = experiment.resolve(profile)
        variants = len({run.variant for run in runs})
        out.print(f"profile {profile}: {plural(variants, 'variant')}, {plural(len(runs), 'run')}")
    axes = experiment.axes
    if len(axes) == 1:
        out.print(f"variants: {some_of(axes[0])}", soft_wrap=True)
    else:
        out.print(f"{len(experiment.variants)} variants, one of each line, joined by '-':")
        for axis in axes:
            out.print(f"  {some_of(axis)}", soft_wrap=True)
    out.print(f"run it: lipschitz run {name} --profile quick")


def some_of(names: Sequence[str]) -> str:
    """Return names as a list in prose; of many, their number, the first few and the last.

    Example:
        >>> some_of(["a", "b"])
        'a, b'
        >>> some_of([f"draw{n:03}" for n in range(200)])
        '200: draw000, draw001, draw002, draw003, draw004, ..., draw199'
    """
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{len(names)}: {', '.join(names[:5])}, ..., {names[-1]}"
