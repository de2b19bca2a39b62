"""From a complete configuration back to plain values, with every default spelled out."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from lipschitz import ConfigError, Constraint
from lipschitz.composition import Composition, Every, Scheduled
from lipschitz.fields import Checked
from lipschitz.schedules import Schedule
from lipschitz_trainers.config.generators import FixedGenerator
from lipschitz_trainers.config.optimizers import Optimizer
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.extractors.base import Extractor
from lipschitz_trainers.metrics.base import Metric
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective

_NAMED = (Dataset, Extractor, FixedGenerator, Metric, Network, Objective, Optimizer, Schedule)


def to_plain(config: RunConfig) -> dict[str, Any]:
    """Return a run's complete configuration as plain values; parsing them gives an equal configuration.

    Raises:
        ConfigError: the constraint was combined in a way that YAML cannot spell, such as `lipschitz.every` of
            a composition.
    """
    return _section(config)


def constraint_to_plain(constraint: Constraint) -> Any:
    """Return the block of a constraint, or the list of blocks of a composition. Raises as `to_plain`."""
    if isinstance(constraint, Composition):
        return [_constraint_block(part) for part in constraint.parts]
    return _constraint_block(constraint)


def _constraint_block(constraint: Constraint) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    inner = constraint
    if isinstance(inner, Every):
        extra["every"] = inner.n
        inner = inner.constraint
    if isinstance(inner, Scheduled):
        extra["schedules"] = {field: _plain(schedule) for field, schedule in inner.schedules}
        inner = inner.constraint
    block = _named(inner)
    if isinstance(inner, (Composition, Every, Scheduled)) or block.keys() & extra.keys():
        raise ConfigError(
            f"{constraint!r} cannot be written as YAML: a block is one registered constraint, on which "
            f"`schedules` and then `every` act."
        )
    return block | extra


def _section(section: BaseModel) -> dict[str, Any]:
    return {name: _plain(getattr(section, name)) for name in type(section).model_fields}


def _named(value: Any) -> dict[str, Any]:
    return {"name": value.name} | _fields(value)


def _fields(value: Any) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _section(value)
    if isinstance(value, Constraint):
        return constraint_to_plain(value)
    if isinstance(value, _NAMED):
        return _named(value)
    if isinstance(value, Checked):
        return _fields(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    # Whatever else a plugin's field may hold that pydantic can read back (paths, enumerations, ...).
    try:
        return to_jsonable_python(value, inf_nan_mode="constants")
    except PydanticSerializationError as error:
        raise ConfigError(f"{value!r} cannot be written as YAML: {error}.") from error
