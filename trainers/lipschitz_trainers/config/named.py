"""Blocks of a configuration that choose a class by name: ``{name: adam, lr: 1e-4}``, or just ``adam``."""

from __future__ import annotations

import difflib
import functools
import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from lipschitz import FieldError, LipschitzError
from lipschitz.fields import Checked, field_types, names_infinity
from lipschitz.registry import build_checked
from lipschitz_trainers.config.faults import faults_of, faulty, own_fault, refusal
from lipschitz_trainers.config.wording import quoted, shown


@dataclass(frozen=True)
class Choice:
    """What a block may choose from.

    Attributes:
        noun: for messages, such as ``"optimizer"``.
        base: the class all choices derive from; its instances are taken as they are.
        find: returns the class of a name, or raises a `LipschitzError`.
        names: returns all names.
        refuse: returns why a class cannot serve here, or None.
    """

    noun: str
    base: type[Checked]
    find: Callable[[str], type[Any]]
    names: Callable[[], Iterable[str]]
    refuse: Callable[[type[Any]], str | None] = lambda cls: None

    def __call__(self, value: Any) -> Any:
        """Return the object a block describes; used as a validator.

        Raises:
            ValidationError: with every fault of the block.
        """
        if isinstance(value, self.base):
            return value
        cls, given = self.chosen(value)
        return build_fields(cls, given)

    def chosen(self, value: Any) -> tuple[type[Any], dict[str, Any]]:
        """Return the class a block names and the block's other keys.

        Raises:
            ValidationError: it names none, or one that cannot serve here.
        """
        if isinstance(value, str):
            name, given, where = value, {}, ()
        elif isinstance(value, Mapping):
            name, given, where = self._name(value), {k: v for k, v in value.items() if k != "name"}, ("name",)
        else:
            raise refusal(f"must be the name of a {self.noun} or a mapping with a 'name', got {shown(value)}")
        if not isinstance(name, str):
            raise refusal(f"must be a string, got {shown(name)}", *where)
        try:
            cls = self.find(name)
        except LipschitzError as error:
            raise refusal(str(error), *where) from None
        reason = self.refuse(cls)
        if reason is not None:
            raise refusal(reason, *where)
        return cls, given

    def _name(self, block: Mapping[str, Any]) -> Any:
        if "name" in block:
            return block["name"]
        close = difflib.get_close_matches("name", [key for key in block if isinstance(key, str)], n=1)
        if close:
            raise refusal("unknown key. Did you mean 'name'?", close[0])
        has = f"; it has {quoted(block)}" if block else ""
        raise refusal(f"needs the key 'name', the {self.noun} (one of {quoted(self.names())}){has}")


def build_fields(cls: type[Any], given: dict[str, Any], reserved: Collection[str] = ()) -> Any:
    """Build a `Checked` class from a block, without turning strings into numbers or numbers into strings.

    Args:
        cls: the class.
        given: its fields.
        reserved: further keys the block may have (for suggestions; they are not in `given`).

    Raises:
        ValidationError: with every fault.
    """
    known = [field.name for field in fields(cls) if field.init] + list(reserved)
    adapter = _adapter(cls)
    given = _with_infinity_named(cls, given)
    try:
        text = json.dumps(given) if adapter is not None else ""
    except TypeError:
        adapter, text = None, ""  # A Python caller gave objects.
    try:
        if adapter is None:
            return build_checked(cls, given, cls.__name__)
        # JSON is the mode in which pydantic is strict about types and yet takes lists for tuples.
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        raise faulty(faults_of(error, given, cls, known)) from None
    except FieldError as error:
        raise faulty([own_fault(str(error), cls, known)]) from None
    except LipschitzError as error:
        raise refusal(str(error)) from None


def _with_infinity_named(cls: type[Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return a block with ``"inf"`` for infinity where a field takes the word; pydantic refuses the number."""
    infinite = [key for key, value in given.items() if isinstance(value, float) and value == math.inf]
    named = [key for key in infinite if names_infinity(field_types(cls).get(key))]
    return given | dict.fromkeys(named, "inf")


@functools.lru_cache(maxsize=512)
def _adapter(cls: type[Any]) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(cls)
    except PydanticUserError:
        return None  # A field's type means nothing to pydantic; the class checks itself, one fault at a time.
