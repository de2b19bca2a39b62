"""The structure of an experiment file: everything but the run configurations themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.faults import Fault, Location, collected, faulty, key_faults, refusal
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
        profiles: by name, the place of the overrides (or None) and the profile's own seeds (or None).
        analysis: what is drawn and checked: ``name`` and options.
        faults: everything wrong with the structure.
        complete: False when so much is wrong that the run configurations cannot be told.
    """

    description: str = ""
    paper: str | None = None
    variants: dict[str, list[Location]] = field(default_factory=lambda: {ONLY_VARIANT: []})
    seeds: tuple[int, ...] = (0,)
    profiles: dict[str, tuple[Location | None, tuple[int, ...] | None]] = field(default_factory=dict)
    analysis: dict[str, Any] = field(default_factory=lambda: {"name": "comparison"})
    faults: list[Fault] = field(default_factory=list)
    complete: bool = True


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
        result.profiles, faults = _profiles(data["profiles"], reproduces=result.paper is not None)
        result.faults += [fault.within("profiles") for fault in faults]
    return result


def parse_seeds(value: Any) -> tuple[int, ...]:
    """Return seeds from their number (0, 1, ...) or their list.

    Raises:
        ValidationError: it is neither, or a seed is listed twice.

    Example:
        >>> parse_seeds(3), parse_seeds([7, 5])
        ((0, 1, 2), (7, 5))
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise refusal(f"must be >= 1, got {value}")
        return tuple(range(value))
    if not isinstance(value, (list, tuple)) or not value:
        raise refusal(f"must be a number of seeds or a list of seeds, got {shown(value)}")
    faults: list[Fault] = []
    for i, seed in enumerate(value):
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            faults.append(Fault((i,), f"must be a whole number >= 0, got {shown(seed)}"))
        elif seed in value[:i]:
            faults.append(Fault((i,), f"the seed {seed} is listed twice"))
    if faults:
        raise faulty(faults)
    return tuple(value)


def _profiles(value: Any, reproduces: bool) -> tuple[dict[str, Any], list[Fault]]:
    if not isinstance(value, Mapping):
        return {}, [Fault((), f"must be a mapping from name to profile, got {shown(value)}")]
    faults: list[Fault] = []
    profiles: dict[str, Any] = {}
    for needed, why in (("quick", ""), ("paper", ", as the experiment names a paper")):
        if needed not in value and (needed == "quick" or reproduces):
            hint = did_you_mean(needed, value)
            faults.append(Fault((), f"needs a profile {needed!r}{why}; it has {quoted(value)}.{hint}"))
    for name, profile in value.items():
        found, seeds = _profile(profile)
        faults.extend(fault.within(name) for fault in found)
        if not found:
            overrides = profile is not None and profile.get("overrides") is not None
            profiles[name] = ("profiles", name, "overrides") if overrides else None, seeds
    return profiles, faults


def _profile(profile: Any) -> tuple[list[Fault], tuple[int, ...] | None]:
    keys = ("overrides", "seeds")
    if profile is None:
        return [], None
    if not isinstance(profile, Mapping):
        return [Fault((), f"must be a mapping with the keys {quoted(keys)}, got {shown(profile)}")], None
    faults = key_faults([key for key in profile if key not in keys], [], keys)
    seeds: tuple[int, ...] | None = None
    overrides = profile.get("overrides")
    if overrides is not None and not isinstance(overrides, Mapping):
        faults.append(Fault(("overrides",), f"must be a mapping of overrides, got {shown(overrides)}"))
    if profile.get("seeds") is not None:
        try:
            seeds = parse_seeds(profile["seeds"])
        except ValidationError as error:
            faults += [fault.within("seeds") for fault in collected(error)]
    return faults, seeds


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
