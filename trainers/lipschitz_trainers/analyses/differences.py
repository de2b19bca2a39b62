"""In which settings two configurations differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, cast

from lipschitz.errors import ConfigError
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.run_file import parse_run


class Difference(NamedTuple):
    """A setting that two configurations do not share.

    Attributes:
        key: dotted, as ``--set`` names it; of a whole block, where one side has none.
        first: what the first one has, None where it has nothing.
        second: what the second one has, likewise.
    """

    key: str
    first: Any
    second: Any


def differences(
    first: Mapping[str, Any], second: Mapping[str, Any], ignored: Collection[str] = (), path: str = ""
) -> Iterator[Difference]:
    """Return where two configurations differ, given as plain values; a key that is absent counts as null.

    Blocks are compared key by key, lists as a whole. A block where the other side has none is one difference. Where two
    blocks have different names (two networks, two schedules), the name says that their other keys differ too: of these,
    only the shared ones are compared.

    Args:
        first: a configuration.
        second: another one.
        ignored: dotted keys to pass over.
        path: what the keys begin with.

    Example:
        >>> list(differences({"steps": 5, "rate": None}, {"steps": 5, "rate": {"name": "linear"}}))
        [Difference(key='rate', first=None, second={'name': 'linear'})]
    """
    renamed = first.get("name") != second.get("name")
    for name in dict.fromkeys([*first, *second]):
        key = f"{path}{name}"
        if key in ignored or (renamed and not (name in first and name in second)):
            continue
        here, there = first.get(name), second.get(name)
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            blocks = cast("tuple[Mapping[str, Any], Mapping[str, Any]]", (here, there))
            yield from differences(*blocks, ignored, f"{key}.")
        elif here != there:
            yield Difference(key, here, there)


def completed(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a run's configuration with the defaults of fields that are younger than it.

    One that is no longer well-formed (a field is gone, or a plugin is) is returned as it is.

    Args:
        config: as plain values.
    """
    try:
        return to_plain(parse_run(config))
    except ConfigError:
        return config
