"""The variants of an experiment: one mapping of named overrides, or several whose product is taken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from lipschitz_trainers.config.faults import Fault, Location
from lipschitz_trainers.config.wording import shown

# Folders and figures are called after variants, on file systems that know no ':' and no difference in case.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=-]{0,79}")


def parse_variants(value: Any) -> tuple[dict[str, list[Location]], list[Fault]]:
    """Return, by variant, the places of the overrides that make it up; and what is wrong.

    Args:
        value: what the key ``variants`` holds. A list of mappings stands for axes: one override is taken from
            each, in every combination, and the names are joined by ``-``.

    Example:
        >>> places, _ = parse_variants([{"gp": {}, "clip": {}}, {"small": {}, "large": {}}])
        >>> list(places)
        ['gp-small', 'gp-large', 'clip-small', 'clip-large']
        >>> places["gp-large"]
        [(0, 'gp'), (1, 'large')]
    """
    faults: list[Fault] = []
    axes: list[list[Location]] = []
    listed: list[tuple[Location, Any]] = [((), value)]
    if isinstance(value, list):
        listed = [((i,), axis) for i, axis in enumerate(value)]
        if not listed:
            faults.append(Fault((), "needs at least one variant, got an empty list"))
    for where, axis in listed:
        if not isinstance(axis, Mapping):
            faults.append(Fault(where, f"must be a mapping from name to overrides, got {shown(axis)}"))
            continue
        if not axis:
            faults.append(Fault(where, "needs at least one variant, got an empty mapping"))
        found = [
            fault.within(*where) for name, override in axis.items() for fault in _entry_faults(name, override)
        ]
        faults.extend(found)
        broken = {fault.location for fault in found}
        axes.append([(*where, name) for name in axis if (*where, name) not in broken])
    variants: dict[str, list[Location]] = {}
    seen: dict[str, str] = {}
    for places in itertools.product(*axes) if axes else ():
        name = "-".join(str(place[-1]) for place in places)
        if name.lower() in seen:
            other = seen[name.lower()]
            same = "comes about twice" if other == name else f"differs from {other!r} in case only"
            faults.append(
                Fault(places[-1], f"the variant name {name!r} {same}; their results share a folder")
            )
            continue
        seen[name.lower()] = name
        variants[name] = list(places)
    return variants, faults


def _entry_faults(name: str, override: Any) -> list[Fault]:
    if _NAME.fullmatch(name) is None or name.endswith("."):
        allowed = "at most 80 letters, digits and the signs _ . + = -, as folders are called after it"
        return [Fault((name,), f"a variant's name has {allowed}; got {shown(name)}")]
    if override is not None and not isinstance(override, Mapping):
        return [Fault((name,), f"must be a mapping of overrides, got {shown(override)}")]
    return []
