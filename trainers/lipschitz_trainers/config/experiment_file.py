"""The structure of an experiment file: everything but the run configurations themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.faults import Fault, Location, collected, key_faults, refusal
from lipschitz_trainers.config.profiles import ProfileEntry, parse_profiles
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.config.seeds import parse_seeds
from lipschitz_trainers.config.variants import parse_variants
from lipschitz_trainers.config.wording import quoted, shown

KEYS = ("description", "paper", "base", "variants", "seeds", "profiles", "analysis")
REQUIRED = ("description", "base", "profiles")

ONLY_VARIANT = "base"
"""Name of the variant of an experiment that lists none."""


@dataclass
class Structure:
    """An experiment file taken apart; places stand for the mappings at them.

    Attributes:
        description: what the experiment shows.
        paper: the reference to what it reproduces, or None.
        variants: by name, the places of their overrides.
        seeds: one run for each.
        profiles: by name, what is known of each.
        analysis: what is drawn and checked: ``name`` and options.
        faults: everything wrong with the structure.
        complete: False when so much is wrong that the run configurations cannot be told.
    """

    description: str = ""
    paper: str | None = None
    variants: dict[str, list[Location]] = field(default_factory=lambda: {ONLY_VARIANT: []})
    seeds: tuple[int, ...] = (0,)
    profiles: dict[str, ProfileEntry] = field(default_factory=dict)
    analysis: dict[str, Any] = field(default_factory=lambda: {"name": "comparison"})
    faults: list[Fault] = field(default_factory=list)
    complete: bool = True


def looks_like_experiment(data: Any) -> bool:
    """Return whether a file's content is meant as an experiment rather than as one run."""
    # More than `base` alone, so that misspelling this one key does not make it another kind of file.
    return isinstance(data, Mapping) and bool(data.keys() & (set(KEYS) - RunConfig.model_fields.keys()))


def parse_structure(data: Mapping[str, Any]) -> Structure:
    """Take an experiment apart, collecting what is wrong."""
    result = Structure()
    unknown = [key for key in data if key not in KEYS]
    result.faults += key_faults(unknown, [key for key in REQUIRED if key not in data], KEYS)
    # A misspelt key may be the one that would have made the runs complete.
    result.complete = not unknown and all(key in data for key in REQUIRED)
    readers: dict[str, Callable[[Any], Any]] = {
        "description": _text,
        "paper": lambda value: None if value is None else _text(value),
        "seeds": parse_seeds,
        "analysis": _analysis,
    }
    for key in (key for key in readers if key in data):
        try:
            setattr(result, key, readers[key](data[key]))
        except ValidationError as error:
            result.faults += [fault.within(key) for fault in collected(error)]
    if "base" in data and not isinstance(data["base"], Mapping):
        result.faults.append(Fault(("base",), f"must be a run's configuration, got {shown(data['base'])}"))
        result.complete = False
    if "variants" in data:
        variants, faults = parse_variants(data["variants"])
        result.variants = {n: [("variants", *place) for place in places] for n, places in variants.items()}
        result.faults += [fault.within("variants") for fault in faults]
    if "profiles" in data:
        result.profiles, faults = parse_profiles(
            data["profiles"], reproduces=result.paper is not None, variants=list(result.variants)
        )
        result.faults += [fault.within("profiles") for fault in faults]
    return result


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refusal(f"must be a string, got {shown(value)}")
    return value


def _analysis(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, Mapping):
        raise refusal(f"must be a mapping with the key 'name', got {shown(value)}")
    if not isinstance(value.get("name"), str):
        has = shown(value["name"]) if "name" in value else f"the keys {quoted(value)}"
        raise refusal(f"needs the key 'name', a string; got {has}.{did_you_mean('name', value)}")
    return dict(value)
