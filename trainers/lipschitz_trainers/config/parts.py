"""The parts of a run that have to fit each other and the machine, as far as each of them is well-formed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lipschitz_trainers.config.choices import (
    METRIC,
    CriticNetworkField,
    DatasetField,
    GeneratorNetworkField,
    ObjectiveField,
)
from lipschitz_trainers.config.generators import FixedGenerator, FixedGeneratorConfig
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.metrics.base import Metric
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True)
class Parts:
    """What is known of a run; None for what is missing or not well-formed.

    Attributes:
        dataset: the real samples.
        fixed: a generator that does not learn.
        generator: the network of one that does.
        critic: the critic's network.
        objective: what they minimize.
        metrics: those that are named, by their places in the list.
        samples: how many generated and held-out samples are compared.
    """

    dataset: Dataset | None = None
    fixed: FixedGenerator | None = None
    generator: Network | None = None
    critic: Network | None = None
    objective: Objective | None = None
    metrics: Mapping[int, Metric] = field(default_factory=dict)
    samples: int | None = None


def parts_of(run: Any, *, objective: str, samples: int) -> Parts:
    """Return the well-formed parts of a run.

    Args:
        run: its block as it was read, of which anything may be wrong, or its checked configuration.
        objective: the one of a run that names none.
        samples: how many a run compares that does not say.

    Example:
        >>> run = {"dataset": "swiss_roll", "critic": {"network": "no such network"}}
        >>> parts = parts_of(run, objective="wasserstein", samples=1000)
        >>> parts.dataset, parts.critic, parts.samples
        (SwissRoll(), None, 1000)
    """
    evaluation = _at(run, "evaluation")
    named = _at(evaluation, "metrics")
    metrics = {
        place: _parsed(METRIC, item) for place, item in enumerate(named if isinstance(named, list) else [])
    }
    compared = _at(evaluation, "samples", samples)
    player = _at(run, "generator")
    fixed = None if _at(player, "fixed") is None else _parsed(FixedGeneratorConfig.model_validate, player)
    return Parts(
        dataset=_parsed(_DATASET.validate_python, _at(run, "dataset")),
        fixed=None if fixed is None else fixed.fixed,
        generator=_parsed(_GENERATOR.validate_python, _at(player, "network")),
        critic=_parsed(_CRITIC.validate_python, _at(_at(run, "critic"), "network")),
        objective=_parsed(_OBJECTIVE.validate_python, _at(run, "objective", objective)),
        metrics={place: metric for place, metric in metrics.items() if metric is not None},
        samples=compared if isinstance(compared, int) else None,
    )


_DATASET: TypeAdapter[Dataset] = TypeAdapter(DatasetField)
_OBJECTIVE: TypeAdapter[Objective] = TypeAdapter(ObjectiveField)
_CRITIC: TypeAdapter[Network] = TypeAdapter(CriticNetworkField)
_GENERATOR: TypeAdapter[Network] = TypeAdapter(GeneratorNetworkField)


def _at(block: Any, key: str, default: Any = None) -> Any:
    return block.get(key, default) if isinstance(block, Mapping) else getattr(block, key, default)


def _parsed(parse: Callable[[Any], Any], value: Any) -> Any:
    with contextlib.suppress(ValidationError):
        return None if value is None else parse(value)
    return None
