"""The profiles of an experiment file: how much effort it takes, and which of its variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.faults import Fault, Location, collected, key_faults
from lipschitz_trainers.config.seeds import parse_seeds
from lipschitz_trainers.config.selection import selected
from lipschitz_trainers.config.wording import quoted, shown

KEYS = ("overrides", "variants", "seeds", "only")


@dataclass(frozen=True)
class ProfileEntry:
    """A profile of effort, as the file has it.

    Attributes:
        place: of its overrides, or None.
        seeds: its own, or None.
        only: patterns of the variants it runs, as for `lipschitz_trainers.config.selection.selected`; None: all.
        variants: patterns of variants, each with the place of overrides for those it fits, in order.
    """

    place: Location | None = None
    seeds: tuple[int, ...] | None = None
    only: tuple[str, ...] | None = None
    variants: tuple[tuple[str, Location], ...] = ()


def parse_profiles(
    value: Any, *, reproduces: bool, variants: Sequence[str]
) -> tuple[dict[str, ProfileEntry], list[Fault]]:
    """Return the profiles that are well-formed, and what is wrong with the others.

    Args:
        value: what the key ``profiles`` holds.
        reproduces: whether the experiment names a paper, and so needs a profile of its settings.
        variants: of the experiment, by name.
    """
    if not isinstance(value, Mapping):
        return {}, [Fault((), f"must be a mapping from name to profile, got {shown(value)}")]
    faults: list[Fault] = []
    profiles: dict[str, ProfileEntry] = {}
    for needed, why in (("quick", ""), ("paper", ", as the experiment names a paper")):
        if needed not in value and (needed == "quick" or reproduces):
            hint = did_you_mean(needed, value)
            faults.append(Fault((), f"needs a profile {needed!r}{why}; it has {quoted(value)}.{hint}"))
    for name, profile in value.items():
        found, entry = _profile(name, profile, variants)
        faults.extend(fault.within(name) for fault in found)
        if not found:
            profiles[name] = entry
    return profiles, faults


def _profile(name: str, profile: Any, variants: Sequence[str]) -> tuple[list[Fault], ProfileEntry]:
    if profile is None:
        return [], ProfileEntry()
    if not isinstance(profile, Mapping):
        return [
            Fault((), f"must be a mapping with the keys {quoted(KEYS)}, got {shown(profile)}")
        ], ProfileEntry()
    faults = key_faults([key for key in profile if key not in KEYS], [], KEYS)
    seeds: tuple[int, ...] | None = None
    only: tuple[str, ...] | None = None
    overrides = profile.get("overrides")
    if overrides is not None and not isinstance(overrides, Mapping):
        faults.append(Fault(("overrides",), f"must be a mapping of overrides, got {shown(overrides)}"))
    own = profile.get("variants")
    if own is not None and not isinstance(own, Mapping):
        faults.append(
            Fault(
                ("variants",),
                f"must be a mapping from patterns of variants' names to overrides, got {shown(own)}",
            )
        )
        own = None
    for pattern, above in (own or {}).items():
        if variants and not selected(variants, [pattern]):
            hint = did_you_mean(pattern, variants)
            faults.append(Fault(("variants", pattern), f"fits none of the variants.{hint}"))
        elif not isinstance(above, Mapping):
            faults.append(Fault(("variants", pattern), f"must be a mapping of overrides, got {shown(above)}"))
    if profile.get("seeds") is not None:
        try:
            seeds = parse_seeds(profile["seeds"])
        except ValidationError as error:
            faults += [fault.within("seeds") for fault in collected(error)]
    if profile.get("only") is not None:
        only, wrong = _patterns(profile["only"], variants)
        faults += [fault.within("only") for fault in wrong]
    place = None if overrides is None else ("profiles", name, "overrides")
    adjusted = tuple((pattern, ("profiles", name, "variants", pattern)) for pattern in own or {})
    return faults, ProfileEntry(place, seeds, only, adjusted)


def _patterns(value: Any, variants: Sequence[str]) -> tuple[tuple[str, ...], list[Fault]]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not patterns:
        return (), [Fault((), f"must be a pattern of variants' names or a list of those, got {shown(value)}")]
    faults: list[Fault] = []
    for i, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            faults.append(Fault((i,), f"must be a pattern of variants' names, got {shown(pattern)}"))
        elif variants and not selected(variants, [pattern]):
            hint = did_you_mean(pattern, variants)
            faults.append(Fault((i,), f"fits none of the variants, got {shown(pattern)}.{hint}"))
    return tuple(str(pattern) for pattern in patterns), faults
