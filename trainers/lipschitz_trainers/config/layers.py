"""Configurations laid over one another, remembering for every value which line it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.problems import Problem, dotted
from lipschitz_trainers.config.yaml12 import Document, Path


@dataclass(frozen=True)
class Origin:
    """Where a value was written.

    Attributes:
        file: the file, or the ``--set`` option.
        line: line of its key; None where there are no lines.
        path: path within the file.
    """

    file: str
    line: int | None
    path: Path


@dataclass(frozen=True)
class Layer:
    """A part of a configuration.

    Attributes:
        data: the values.
        origins: where they were written, by path within `data`; has at least ``()``.
    """

    data: Any
    origins: dict[Path, Origin]

    def origin(self, path: Path) -> Origin:
        """Return where the value at `path` was written, or the innermost block around it."""
        return next(self.origins[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.origins)

    def problem(self, fault: Fault) -> Problem:
        """Return a fault of the data as a problem at its line."""
        origin = self.origin(fault.location)
        path = dotted(fault.location)
        # A --set option names its key itself.
        path = "" if origin.line is None and path == dotted(origin.path) else path
        return Problem(origin.file, origin.line, path, fault.message)


def layer_at(document: Document, path: Path) -> Layer:
    """Return the part of a document below `path`, which stands at the root of the layer.

    An empty value (``quick:``) counts as an empty mapping.
    """
    data = document.data
    for part in path:
        data = data[part]
    origins = {
        inner[len(path) :]: Origin(document.file, line, inner)
        for inner, line in document.lines.items()
        if inner[: len(path)] == path
    }
    # Values that were not parsed from a file have no lines.
    origins.setdefault((), Origin(document.file, None, path))
    return Layer({} if data is None else data, origins)


def merge(below: Layer, above: Layer) -> Layer:
    """Lay one configuration over another.

    Mappings are merged key by key, all else is replaced. A mapping that has a ``name`` replaces the whole
    block below it, so that the fields of one constraint never leak into another; and so does a fixed
    generator a trained one, and the reverse.

    Example:
        >>> def layer(data):
        ...     return Layer(data, {(): Origin("doctest", None, ())})
        >>> below = layer({"critic": {"steps": 5, "optimizer": {"name": "sgd", "lr": 0.1}}})
        >>> merge(below, layer({"critic": {"optimizer": {"name": "adam"}}})).data
        {'critic': {'steps': 5, 'optimizer': {'name': 'adam'}}}
    """
    origins = dict(below.origins)
    data = _merge(below.data, above.data, (), above, origins)
    return Layer(data, origins)


def _merge(below: Any, above: Any, path: Path, layer: Layer, origins: dict[Path, Origin]) -> Any:
    """Return the merged value, and turn `origins` from those below into those of the result."""
    if path and _replaces(below, above, path):
        for old in [old for old in origins if old[: len(path)] == path]:
            del origins[old]
        origins.update({p: origin for p, origin in layer.origins.items() if p[: len(path)] == path})
        origins[path] = layer.origin(path)
        return above
    result = dict(below)
    for key, value in above.items():
        result[key] = _merge(below.get(key), value, (*path, key), layer, origins)
    return result


def _replaces(below: Any, above: Any, path: Path) -> bool:
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)) or "name" in above:
        return True
    return path == ("generator",) and ("fixed" in above) != ("fixed" in below)
