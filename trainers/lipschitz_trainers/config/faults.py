"""Faults of a value, collected through pydantic: every validator of the schema raises what `faulty` makes.

pydantic puts the outer location in front of the inner ones, so all faults of a configuration arrive at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.wording import quoted, shown, wording

Location = tuple[str | int, ...]

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


@dataclass(frozen=True)
class Fault:
    """Something wrong with a value, at a place within it.

    Attributes:
        location: keys and indices from the value inwards; empty for the value itself.
        message: what was expected and what was got.
    """

    location: Location
    message: str

    def within(self, *outer: str | int) -> Fault:
        """Return the same fault as seen from further out."""
        return Fault((*outer, *self.location), self.message)


def faulty(faults: Iterable[Fault]) -> ValidationError:
    """Return the exception by which a validator reports faults."""
    return ValidationError.from_exception_data(
        "configuration",
        [
            InitErrorDetails(
                type=PydanticCustomError("fault", "{message}", {"message": fault.message.removesuffix(".")}),
                loc=fault.location,
                input=None,
            )
            for fault in faults
        ],
    )


def refusal(message: str, *location: str | int) -> ValidationError:
    """Return the exception by which a validator reports a single fault."""
    return faulty([Fault(location, message)])


def collected(error: ValidationError) -> list[Fault]:
    """Return the faults of an exception that `faulty` made, from wherever pydantic has carried it."""
    return [Fault(entry["loc"], wording(entry)) for entry in error.errors(include_url=False)]


def faults_of(error: ValidationError, value: Any, cls: type, known: Collection[str]) -> list[Fault]:
    """Return pydantic's errors as faults.

    Args:
        error: raised while `value` was validated.
        value: what was validated.
        cls: the class it was to become.
        known: the keys `value` may have.
    """
    if not isinstance(value, Mapping):
        return [Fault((), f"must be a mapping with the keys {quoted(known)}, got {shown(value)}")]
    unknown: list[str] = []
    missing: list[str] = []
    faults: list[Fault] = []
    by_place: dict[Location, str] = {}
    for entry in error.errors(include_url=False):
        top = len(entry["loc"]) == 1
        if top and entry["type"] in _UNKNOWN:
            unknown.append(str(entry["loc"][0]))
        elif top and entry["type"] == "missing":
            missing.append(str(entry["loc"][0]))
        elif entry["type"] == "too_short" and len(entry["input"]) >= entry.get("ctx", {})["min_length"]:
            continue  # Too short only without its faulty items, which are reported themselves.
        elif entry["type"] == "fault":
            faults.append(Fault(entry["loc"], wording(entry)))
        else:
            # The branches of a union complain one by one about the same place.
            fault = _fault(entry, value, cls, known)
            before = by_place.get(fault.location)
            by_place[fault.location] = fault.message if before is None else f"{before}; or {fault.message}"
    builtin = [Fault(location, message) for location, message in by_place.items()]
    return key_faults(unknown, missing, known) + builtin + faults


def key_faults(unknown: Sequence[str], missing: Sequence[str], known: Collection[str]) -> list[Fault]:
    """Return the faults of a mapping's keys: one for each that is unknown, one for each that is missing.

    A renamed key is both at once but one mistake, so every unknown key answers for one missing key, the most
    similar one.

    Example:
        >>> [fault.message for fault in key_faults(["netwrok"], ["network"], ["network", "steps"])]
        ["unknown key. Did you mean 'network'?"]
    """
    open_missing = list(missing)
    meant: dict[str, str] = {}
    for key in unknown:
        close = difflib.get_close_matches(key, open_missing, n=1)
        if close:
            open_missing.remove(close[0])
            meant[key] = f" Did you mean {close[0]!r}?"
    for key in unknown:
        if key not in meant:
            hint = did_you_mean(key, known) or f" Known keys: {quoted(known)}."
            absent = f" {open_missing.pop(0)!r} is missing." if open_missing else ""
            meant[key] = f"{hint}{absent}"
    faults = [Fault((key,), f"unknown key.{meant[key]}") for key in unknown]
    return faults + [Fault((key,), "is missing") for key in open_missing]


def own_fault(message: str, cls: type, fields: Collection[str]) -> Fault:
    """Return a class's own complaint as a fault, its ``ClassName.field`` turned into the location.

    Example:
        >>> own_fault("Ball.radius must be > 0, got -1.", type("Ball", (), {}), ["radius"])
        Fault(location=('radius',), message='must be > 0, got -1.')
    """
    match = re.match(rf"{re.escape(cls.__name__)}\.(\w+) ", message)
    if match is not None and match[1] in fields:
        return Fault((match[1],), message[match.end() :])
    return Fault((), message)


def _fault(entry: Any, value: Any, cls: type, known: Collection[str]) -> Fault:
    location = _location(entry, value)
    if entry["type"] == "missing" and isinstance(location[-1], int):
        # A tuple of fixed length: the list is too short, rather than lacking its item number 1.
        return Fault(location[:-1], f"must have more values, got {shown(entry['input'])}")
    if entry["type"] in _UNKNOWN:
        return Fault(location, "unknown key")
    if entry["type"] == "value_error" and not location:
        return own_fault(wording(entry), cls, known)
    return Fault(location, wording(entry))


def _location(entry: Any, value: Any) -> Location:
    """Return where an error stands in the data, without the names of union branches that pydantic puts in."""
    location: list[str | int] = []
    for i, part in enumerate(entry["loc"]):
        if (isinstance(value, Mapping) and part in value) or (
            isinstance(value, (list, tuple)) and isinstance(part, int) and part < len(value)
        ):
            location.append(part)
            value = value[part]
        elif entry["type"] == "missing" and i == len(entry["loc"]) - 1:
            location.append(part)
    return tuple(location)
