"""``--set key=value``: one more layer on top of a configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from lipschitz_trainers.config.layers import Layer, Origin, merge
from lipschitz_trainers.config.problems import Problem, ProblemsError, dotted
from lipschitz_trainers.config.wording import shown
from lipschitz_trainers.config.yaml12 import Path, load_yaml


@dataclass(frozen=True)
class Assignment:
    """One ``--set`` option.

    Attributes:
        path: the keys, outermost first.
        value: what is set.
        text: the option as it was typed.
    """

    path: tuple[str, ...]
    value: Any
    text: str

    @property
    def shown(self) -> str:
        """Return the option for messages."""
        return f"--set {self.text}"


def parse_set(text: str) -> Assignment:
    """Parse ``KEY.KEY=VALUE``; the value is YAML 1.2.

    Raises:
        ConfigError: there is no ``=``, a key is empty, or the value is no YAML.

    Example:
        >>> parse_set("critic.optimizer.lr=2e-4")
        Assignment(path=('critic', 'optimizer', 'lr'), value=0.0002, text='critic.optimizer.lr=2e-4')
    """
    keys, equals, value = text.partition("=")
    path = tuple(key.strip() for key in keys.split("."))
    if not equals or not all(path):
        _refuse(
            f"--set {text}", "expected KEY=VALUE with dots between keys, such as critic.optimizer.lr=2e-4"
        )
    try:
        return Assignment(path, load_yaml(value, f"--set {text}").data, text)
    except ProblemsError as error:
        # The value is one line; where it stands in it says little.
        problems = (dataclasses.replace(problem, line=None, column=None) for problem in error.problems)
        raise ProblemsError(tuple(problems)) from None


def apply_set(layer: Layer, assignment: Assignment) -> Layer:
    """Lay an assignment over a configuration, by the rules of `merge`; a number picks an item of a list.

    Raises:
        ConfigError: the path leads through a plain value, or to a list's item that is not there.
    """
    return _apply(layer, assignment.path, (), assignment)


def _apply(layer: Layer, path: tuple[str, ...], outer: Path, assignment: Assignment) -> Layer:
    value = layer.data
    for n, key in enumerate(path):
        place = dotted((*outer, *path[:n]))
        if isinstance(value, list):
            index = _index(value, key, place, assignment)
            return _apply_to_item(layer, path[:n], index, path[n + 1 :], outer, assignment)
        if not isinstance(value, Mapping):
            name = (
                f" To change a field of it, set {place}={{name: {value}, ...}}."
                if isinstance(value, str)
                else ""
            )
            _refuse(assignment.shown, f"{place!r} is {shown(value)}, which has no key {key!r}.{name}")
        value = value.get(key)
        if value is None:
            break
    nested = assignment.value
    for key in reversed(path):
        nested = {key: nested}
    return merge(layer, Layer(nested, {(): Origin(assignment.shown, None, assignment.path)}))


def _apply_to_item(
    layer: Layer, to_list: Path, index: int, rest: tuple[str, ...], outer: Path, assignment: Assignment
) -> Layer:
    """Return the layer with an assignment to (or within) an item of the list at `to_list`."""
    place, key = (*to_list, index), str(index)
    items: Any = layer.data
    for part in to_list:
        items = items[part]
    # In a mapping of its own, the item follows the same rules as any other value.
    inside = {
        (key, *path[len(place) :]): o for path, o in layer.origins.items() if path[: len(place)] == place
    }
    alone = Layer({key: items[index]}, {(): layer.origin(place)} | inside)
    alone = _apply(alone, (key, *rest), (*outer, *to_list), assignment)
    origins = {path: o for path, o in layer.origins.items() if path[: len(place)] != place}
    origins |= {(*place, *path[1:]): origin for path, origin in alone.origins.items() if path}
    return Layer(_replaced(layer.data, place, alone.data[key]), origins)


def _replaced(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], value)
    return copy


def _index(items: list[Any], key: str, place: str, assignment: Assignment) -> int:
    if not (key.isascii() and key.isdigit()) or int(key) >= len(items):
        _refuse(
            assignment.shown,
            f"{place!r} is a list of {len(items)} items, counted from 0; it has no item {key!r}",
        )
    return int(key)


def _refuse(option: str, message: str) -> NoReturn:
    raise ProblemsError((Problem(option, None, "", message),))
