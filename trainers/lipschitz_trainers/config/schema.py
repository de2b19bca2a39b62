"""The complete description of one training run: every key of a run's YAML file, with its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, cast

from annotated_types import Ge, Lt
from pydantic import Field, ModelWrapValidatorHandler, PlainValidator, ValidationError, model_validator

from lipschitz.schedules import Schedule
from lipschitz_trainers.config.choices import (
    METRIC,
    SCHEDULE,
    CriticNetworkField,
    DatasetField,
    ObjectiveField,
)
from lipschitz_trainers.config.constraints import ConstraintField
from lipschitz_trainers.config.faults import Fault, collected, faulty, refusal
from lipschitz_trainers.config.fitting import misfits
from lipschitz_trainers.config.generators import FixedGeneratorConfig as FixedGeneratorConfig
from lipschitz_trainers.config.generators import GeneratorConfig as GeneratorConfig
from lipschitz_trainers.config.generators import GeneratorField
from lipschitz_trainers.config.optimizers import OptimizerField
from lipschitz_trainers.config.parts import Parts, parts_of
from lipschitz_trainers.config.schedule_lengths import with_lengths
from lipschitz_trainers.config.section import Section
from lipschitz_trainers.config.wording import shown
from lipschitz_trainers.metrics.base import Metric

Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0), Lt(2**63)]


def parse_critic_steps(value: Any) -> int | Schedule:
    """Return a number of critic steps, or its schedule over the generator's iterations.

    Raises:
        ValidationError: it is neither, or falls below 1.
    """
    if isinstance(value, (str, Mapping, Schedule)):
        schedule: Schedule = SCHEDULE(value)
        lowest = min(schedule.range_ends())
        if lowest < 1:
            raise refusal(f"must never fall below 1 critic step, but this schedule goes to {lowest:g}")
        return schedule
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusal(f"must be a whole number or a schedule, got {shown(value)}")
    if value < 1:
        raise refusal(f"must be >= 1, got {value}")
    return value


def parse_metrics(value: Any) -> list[Metric]:
    """Return a list of metrics.

    Raises:
        ValidationError: with every fault; a metric may be listed once, as its results go by its name.
    """
    if not isinstance(value, (list, tuple)):
        raise refusal(f"must be a list of metrics, got {shown(value)}")
    metrics: list[Metric] = []
    faults: list[Fault] = []
    for i, item in enumerate(value):
        try:
            metric: Metric = METRIC(item)
        except ValidationError as error:
            faults.extend(fault.within(i) for fault in collected(error))
            continue
        if any(metric.name == other.name for other in metrics):
            faults.append(Fault((i,), f"the metric {metric.name!r} is listed twice"))
        metrics.append(metric)
    if faults:
        raise faulty(faults)
    return metrics


class CriticConfig(Section):
    """The critic.

    Attributes:
        network: from a sample to a score.
        optimizer: the critic's own.
        steps: critic steps per generator iteration: a number, or a schedule over the iterations, whose values
            the trainer rounds.
    """

    network: CriticNetworkField
    optimizer: OptimizerField
    steps: Annotated[int | Schedule, PlainValidator(parse_critic_steps)] = 5


class EvaluationConfig(Section):
    """When and how a run is judged.

    Attributes:
        every: generator iterations between evaluations; None: only at the end.
        samples: how many generated and held-out samples are compared.
        metrics: what is measured; None: every registered metric that applies to the data.
    """

    every: Count | None = None
    samples: Annotated[int, Ge(2)] = 1000
    metrics: Annotated[list[Metric], PlainValidator(parse_metrics)] | None = None


class CheckpointConfig(Section):
    """When the state of a run is saved.

    Attributes:
        every: generator iterations between checkpoints; None: only at the end.
        keep: how many of the latest are kept.
    """

    every: Count | None = None
    keep: Count = 2


class RunConfig(Section):
    """One training run.

    Attributes:
        dataset: the real samples.
        generator: one that is trained, or a fixed source of samples.
        critic: the critic.
        constraint: what keeps the critic Lipschitz.
        objective: what critic and generator minimize.
        batch_size: samples of a critic step, over all devices.
        steps: generator iterations; with a fixed generator, rounds of ``critic.steps`` critic steps.
        seed: of all random numbers.
        evaluation: when and how the run is judged.
        checkpoint: when its state is saved.
        device: where it runs; ``"auto"`` takes the best there is.
        precision: of the numbers, as Lightning Fabric names them.
        devices: how many devices share every batch.
        compile: whether critic steps go through `torch.compile`; where that does not work, a warning says why.
        tensorboard: whether TensorBoard events are written beside the records.
    """

    dataset: DatasetField
    generator: GeneratorField
    critic: CriticConfig
    constraint: ConstraintField
    objective: ObjectiveField = Field(default=cast("Any", "wasserstein"), validate_default=True)
    batch_size: Count = 64
    steps: Count = 1000
    seed: Seed = 0
    evaluation: EvaluationConfig = EvaluationConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["32-true", "64-true", "bf16-mixed", "16-mixed"] = "32-true"
    devices: Count = 1
    compile: bool = False
    tensorboard: bool = False

    @model_validator(mode="before")
    @classmethod
    def _schedules_take_the_whole_run(cls, data: Any) -> Any:
        return with_lengths(data, cls.model_fields["steps"].default)

    @model_validator(mode="wrap")
    @classmethod
    def _parts_fit(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse parts that do not fit each other, together with those that are not well-formed."""
        faults: list[Fault] = []
        config: Self | None = None
        try:
            config = handler(value)
        except ValidationError as error:
            faults += collected(error)
        faults += misfits(well_formed_parts(value if config is None else config))
        if config is None or faults:
            raise faulty(faults)
        return config


def well_formed_parts(run: Any) -> Parts:
    """Return what is well-formed of a run's block, or of its checked configuration."""
    objective = RunConfig.model_fields["objective"].default
    return parts_of(run, objective=objective, samples=EvaluationConfig.model_fields["samples"].default)
