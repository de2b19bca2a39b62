"""Variants drawn at random: an axis that names choices, in place of one that names overrides."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lipschitz_trainers.config.faults import Fault
from lipschitz_trainers.config.wording import shown
from lipschitz_trainers.config.yaml12 import Document, Path

KEY = "draw"
"""An axis with this key alone, whose value has the key ``choices``, is drawn."""

MOST = 10_000


@dataclass(frozen=True)
class Draw:
    """So many variants, each with one value of every choice.

    Attributes:
        count: how many.
        seed: of the choice; the same seed draws the same variants everywhere.
        choices: values by dotted key; each is taken with equal probability, independently of the others. A mapping
            stands for several keys that are chosen together; keys below it come after it.
    """

    count: int
    seed: int
    choices: dict[str, list[Any]]

    def variants(self) -> dict[str, dict[str, Any]]:
        """Return overrides by name; no combination comes twice while there are others.

        Example:
            >>> Draw(2, 0, {"critic.steps": [1, 5]}).variants()
            {'draw0': {'critic': {'steps': 5}}, 'draw1': {'critic': {'steps': 1}}}
        """
        generator = random.Random(self.seed)
        digits = len(str(self.count - 1))
        space = 1
        for values in self.choices.values():
            space *= len(values)
        seen: set[tuple[int, ...]] = set()
        drawn: dict[str, dict[str, Any]] = {}
        while len(drawn) < self.count:
            picked = tuple(generator.randrange(len(values)) for values in self.choices.values())
            if picked in seen and len(seen) < space:
                continue
            seen.add(picked)
            override: dict[str, Any] = {}
            for (key, values), index in zip(self.choices.items(), picked, strict=True):
                # A copy: the choices of other keys may be put into it.
                _put(override, key.split("."), copy.deepcopy(values[index]))
            drawn[f"draw{len(drawn):0{digits}}"] = override
        return drawn


def expand_draws(document: Document) -> tuple[Document, list[Fault]]:
    """Return an experiment's document with every drawn axis written out, and what is wrong with those axes.

    Problems of a drawn override are reported at the line of the axis.
    """
    faults: list[Fault] = []
    if not isinstance(document.data, Mapping) or "variants" not in document.data:
        return document, faults
    variants, lines = document.data["variants"], dict(document.lines)
    listed = variants if isinstance(variants, list) else [variants]
    written: list[Any] = []
    for i, axis in enumerate(listed):
        where: Path = ("variants", i) if isinstance(variants, list) else ("variants",)
        if not _is_drawn(axis):
            written.append(axis)
            continue
        draw, wrong = _parsed(axis[KEY])
        faults += [fault.within(*where, KEY) for fault in wrong]
        found = draw.variants() if draw is not None else {}
        written.append(found or axis)
        line = lines.get((*where, KEY))
        if line is not None:
            lines |= {(*where, *path): line for path in _paths(found)}
    data = {**document.data, "variants": written if isinstance(variants, list) else written[0]}
    return Document(data, lines, document.file), faults


def _is_drawn(axis: Any) -> bool:
    if not isinstance(axis, Mapping) or axis.keys() != {KEY}:
        return False
    return isinstance(axis[KEY], Mapping) and "choices" in axis[KEY]


def _parsed(block: Mapping[str, Any]) -> tuple[Draw | None, list[Fault]]:
    """Return what a block draws; None beside what is wrong with it."""
    faults = [
        Fault((key,), "is no key of a draw; its keys: count, seed, choices")
        for key in block
        if key not in ("count", "seed", "choices")
    ]
    count, seed, choices = block.get("count"), block.get("seed", 0), block["choices"]
    if type(count) is not int or not 1 <= count <= MOST:
        faults.append(Fault(("count",), f"must be a whole number from 1 to {MOST:,}, got {shown(count)}"))
    if type(seed) is not int:
        faults.append(Fault(("seed",), f"must be a whole number, got {shown(seed)}"))
    if not isinstance(choices, Mapping) or not choices:
        faults.append(
            Fault(("choices",), f"must be a mapping from dotted keys to lists, got {shown(choices)}")
        )
    else:
        faults += [
            Fault(("choices", key), f"must be a list of values to choose from, got {shown(values)}")
            for key, values in choices.items()
            if not isinstance(values, list) or not values
        ]
    return (None, faults) if faults else (Draw(count, seed, dict(choices)), [])  # pyright: ignore[reportArgumentType]


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        into = into.setdefault(key, {})
    into[path[-1]] = value


def _paths(data: Any, above: Path = ()) -> Iterator[Path]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield (*above, key)
            yield from _paths(value, (*above, key))
