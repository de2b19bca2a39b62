"""Hyper-parameters as dataclass fields, checked on every construction path.

Constraints, and the trainer's datasets, networks, objectives and metrics, are frozen dataclasses deriving
from `Checked`. A field's annotation is its documentation, its schema in YAML and its run-time check:
``coefficient: Annotated[float, Gt(0)] = 10.0`` refuses ``0``, ``nan``, ``"10"`` and ``True``.
"""

from __future__ import annotations

import functools
import math
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Union, cast, get_args, get_origin, get_type_hints

import annotated_types as at
import torch

from lipschitz.errors import FieldError


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A frozen record whose fields are checked against their annotations when it is built.

    Understands `bool`, `int`, `float` (an `int` is accepted and converted; never `nan` or an infinity),
    `str`, `Literal` (one that has ``"inf"`` takes infinity for the word), unions with `None`, ``tuple[T, ...]``
    and fixed tuples (a list is converted), and the bounds of `annotated_types` (`Gt`, `Ge`, `Lt`, `Le`,
    `Interval`, `MinLen`). Other annotations are left to the class. A class's own ``__post_init__`` runs after
    the checks and need not call super.

    Raises:
        FieldError: a value has the wrong type or is out of range; also a `ValueError`.

    Example:
        >>> from typing import Annotated
        >>> from annotated_types import Gt
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Ball(Checked):
        ...     radius: Annotated[float, Gt(0)] = 1.0
        >>> Ball(radius=2)
        Ball(radius=2.0)
        >>> Ball(radius=-1)
        Traceback (most recent call last):
        ...
        lipschitz.errors.FieldError: Ball.radius must be > 0, got -1.0.
    """

    # pydantic would silently drop unknown keys of a standard dataclass; read by the trainer's configuration.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Run the field checks before a subclass's ``__post_init__``, be it its own or a mixin's."""
        super().__init_subclass__(**kwargs)
        definer = next(base for base in cls.__mro__ if "__post_init__" in vars(base))
        if definer is cls or not issubclass(definer, Checked):
            target: Any = cls  # assigning a method is no type error
            target.__post_init__ = _check_then(vars(definer)["__post_init__"])

    def __post_init__(self) -> None:
        """Check every field; convert `int` to `float` and `list` to `tuple` where the annotation says so."""
        check_fields(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy or a pickle, checked like a new record."""
        self.__dict__.update(state)
        check_fields(self)


def _check_then(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def checked(self: Any) -> None:
        check_fields(self)
        own(self)

    return checked


@functools.cache
def field_types(cls: type) -> dict[str, Any]:
    """Return the resolved annotation of every dataclass field of `cls`, bounds included.

    Raises:
        FieldError: an annotation uses a name that its module does not have.
    """
    try:
        hints = get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise FieldError(
            f"the annotations of {cls.__name__} cannot be read ({error}); import what they use at the top of "
            f"{cls.__module__}, not inside a function or under TYPE_CHECKING."
        ) from error
    return {field.name: hints[field.name] for field in fields(cls)}


def is_whole(annotation: Any) -> bool:
    """Say whether a field's annotation is that of a whole number, bounds aside.

    Example:
        >>> is_whole(int), is_whole(typing.Annotated[int, at.Ge(1)]), is_whole(float)
        (True, True, False)
    """
    return (get_args(annotation)[0] if get_origin(annotation) is typing.Annotated else annotation) is int


def names_infinity(annotation: Any) -> bool:
    """Say whether a field may be ``"inf"``: it then takes the number for the word.

    Example:
        >>> names_infinity(float | Literal["inf"]), names_infinity(float)
        (True, False)
    """
    if get_origin(annotation) is Literal:
        return "inf" in get_args(annotation)
    return any(names_infinity(part) for part in get_args(annotation))


def check_field(cls: type, name: str, value: Any) -> Any:
    """Return a value as one field of `cls` keeps it, whatever the other fields are.

    Raises:
        FieldError: it has the wrong type or is out of range.
    """
    return _convert(value, field_types(cls)[name], f"{cls.__name__}.{name}")


def check_fields(instance: object) -> None:
    """Check and normalize the fields of a frozen dataclass instance in place.

    Raises:
        FieldError: a value has the wrong type or is out of range.
    """
    if (
        torch.compiler.is_compiling()
    ):  # values that follow a schedule are checked by eager code, when it projects
        return
    cls = type(instance)
    for name in field_types(cls):
        value = getattr(instance, name)
        checked = check_field(cls, name, value)
        if checked is not value:
            object.__setattr__(instance, name, checked)


def _convert(value: Any, annotation: Any, where: str) -> Any:
    bounds: list[Any] = []
    if get_origin(annotation) is typing.Annotated:
        annotation, *bounds = get_args(annotation)
    value = _convert_type(value, annotation, where)
    if value is not None:
        for bound in _flatten(bounds):
            _check_bound(value, bound, where)
    return value


def _convert_type(value: Any, annotation: Any, where: str) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise FieldError(f"{where} must be a number, got {value!r} of type {type(value).__name__}.")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise FieldError(f"{where} must be a finite number, got {value!r}.")
        return number
    if annotation is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"{where} must be a whole number, got {value!r} of type {type(value).__name__}.")
        return value
    if annotation is bool or annotation is str:
        if not isinstance(value, annotation):
            kind = "true or false" if annotation is bool else "a string"
            raise FieldError(f"{where} must be {kind}, got {value!r} of type {type(value).__name__}.")
        return value
    if origin is Literal:
        if isinstance(value, float) and value == math.inf and "inf" in arguments:
            return "inf"
        # Equal values of another type (True for 1) are no choice.
        if not any(type(value) is type(choice) and value == choice for choice in arguments):
            raise FieldError(f"{where} must be one of {', '.join(map(repr, arguments))}, got {value!r}.")
        return value
    if origin in (Union, types.UnionType):
        return _convert_union(value, arguments, where)
    if origin is tuple:
        return _convert_tuple(value, arguments, where)
    return value


def _convert_union(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    problems: list[str] = []
    for argument in arguments:
        if argument is type(None):
            continue
        try:
            return _convert(value, argument, where)
        except FieldError as error:
            problems.append(str(error))
    raise FieldError(" Or: ".join(problems))


def _convert_tuple(value: Any, arguments: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)):
        raise FieldError(f"{where} must be a list of values, got {value!r} of type {type(value).__name__}.")
    items = cast("tuple[Any, ...] | list[Any]", value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_convert(item, arguments[0], f"{where}[{i}]") for i, item in enumerate(items))
    if len(items) != len(arguments):
        raise FieldError(f"{where} must have {len(arguments)} values, got {len(items)}: {items!r}.")
    return tuple(
        _convert(item, argument, f"{where}[{i}]")
        for i, (item, argument) in enumerate(zip(items, arguments, strict=True))
    )


def _flatten(bounds: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for bound in bounds:
        flat.extend(bound if isinstance(bound, at.GroupedMetadata) else [bound])
    return flat


def _check_bound(value: Any, bound: Any, where: str) -> None:
    checks: dict[type[Any], tuple[str, Callable[[], bool], str]] = {
        at.Gt: ("gt", lambda: value > bound.gt, ">"),
        at.Ge: ("ge", lambda: value >= bound.ge, ">="),
        at.Lt: ("lt", lambda: value < bound.lt, "<"),
        at.Le: ("le", lambda: value <= bound.le, "<="),
        at.MinLen: ("min_length", lambda: len(value) >= bound.min_length, "at least"),
    }
    check = next((check for kind, check in checks.items() if isinstance(bound, kind)), None)
    if check is not None and not check[1]():
        attribute, _, sign = check
        suffix = " long" if attribute == "min_length" else ""
        raise FieldError(f"{where} must be {sign} {getattr(bound, attribute)}{suffix}, got {value!r}.")
