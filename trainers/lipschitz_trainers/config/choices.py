"""The things a run chooses by name, as field types for pydantic models."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from pydantic import PlainValidator

from lipschitz.fields import Checked
from lipschitz.schedules import SCHEDULES, Schedule, schedule_class
from lipschitz_trainers import registry
from lipschitz_trainers.config.named import Choice
from lipschitz_trainers.config.wording import quoted
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.extractors.base import Extractor
from lipschitz_trainers.metrics.base import Metric
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective


def registered_choice(kind: str, base: type[Checked], **options: Any) -> Choice:
    """Return the choice among everything registered as `kind` (see `lipschitz_trainers.registry`)."""
    return Choice(
        noun=kind,
        base=base,
        find=functools.partial(registry.class_of, kind),
        names=functools.partial(registry.registered, kind),
        **options,
    )


def _serves_as(role: str, cls: type[Network]) -> str | None:
    if cls.role in (role, "any"):
        return None
    fitting = [name for name, other in registry.registered("network").items() if other.role in (role, "any")]
    return f"{cls.name!r} is a {cls.role} and cannot serve as a {role}; these can: {quoted(fitting)}"


METRIC = registered_choice("metric", Metric)
EXTRACTOR = registered_choice("extractor", Extractor)
registry.PARSERS["extractor"] = EXTRACTOR
SCHEDULE = Choice("schedule", Schedule, schedule_class, lambda: SCHEDULES)

DatasetField = Annotated[Dataset, PlainValidator(registered_choice("dataset", Dataset))]
ObjectiveField = Annotated[Objective, PlainValidator(registered_choice("objective", Objective))]
CriticNetworkField = Annotated[
    Network,
    PlainValidator(registered_choice("network", Network, refuse=functools.partial(_serves_as, "critic"))),
]
GeneratorNetworkField = Annotated[
    Network,
    PlainValidator(registered_choice("network", Network, refuse=functools.partial(_serves_as, "generator"))),
]
