"""A run's objects from its configuration: the only place where both are known."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, fields
from pathlib import Path

from lipschitz import ConfigError
from lipschitz_trainers import registry
from lipschitz_trainers.config import generators
from lipschitz_trainers.config.labels import require_classes
from lipschitz_trainers.config.pairing import opposite
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.schema import (
    FixedGeneratorConfig,
    GeneratorConfig,
    RunConfig,
    well_formed_parts,
)
from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.metrics.base import Metric
from lipschitz_trainers.training import AnotherDataset, DataPlusNoise, Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.evaluation import Evaluator
from lipschitz_trainers.training.randomness import seeded
from lipschitz_trainers.training.trainer import Checkpointing

# What may differ between the run that wrote a checkpoint and the one that resumes it.
NOT_IN_FINGERPRINT = ("steps", "evaluation", "checkpoint", "device", "devices", "tensorboard")


def build_trainer(config: RunConfig, folder: Path | None) -> Trainer:
    """Build everything a configuration names and put it together.

    Args:
        config: a complete run configuration.
        folder: where records and checkpoints go; `None` writes nothing.

    Raises:
        LipschitzError: data cannot be read, or the parts do not fit together.
    """
    source = config.dataset.open()
    require_classes(well_formed_parts(config), source.classes)
    with seeded(config.seed, "initialization/critic"):
        critic = config.critic.network.build(source.shape, ())
    generator = build_generator(config.generator, config.dataset, source, config.seed)
    return Trainer(
        critic=critic,
        constraint=config.constraint,
        objective=config.objective,
        source=source,
        generator=generator,
        optimization=Optimization(config.critic.optimizer.build, config.critic.optimizer.schedule),
        batch_size=config.batch_size,
        critic_steps=config.critic.steps,
        seed=config.seed,
        device=config.device,
        precision=config.precision,
        devices=config.devices,
        compile=config.compile,
        evaluator=Evaluator(
            metrics_of(config), config.evaluation.samples, config.evaluation.every, called(config.dataset)
        ),
        folder=folder,
        checkpointing=Checkpointing(config.checkpoint.every, config.checkpoint.keep),
        tensorboard=config.tensorboard,
        fingerprint=fingerprint(config),
    )


def build_generator(
    config: GeneratorConfig | FixedGeneratorConfig, dataset: Dataset, source: Source, seed: int
) -> TrainedGenerator | DataPlusNoise | AnotherDataset:
    """Build the generator that learns, or the fixed one.

    Raises:
        ConfigError: the other side of a pair is asked for, and the data are no side of one.
    """
    if isinstance(config, FixedGeneratorConfig):
        if isinstance(config.fixed, generators.OtherSide):
            return AnotherDataset(opposite(dataset).open())
        if isinstance(config.fixed, generators.SecondDataset):
            return AnotherDataset(config.fixed.dataset.open())
        if isinstance(config.fixed, generators.DataPlusNoise):
            return DataPlusNoise(config.fixed.std)
        raise ConfigError(f"no fixed generator is built for {config.fixed!r}.")
    with seeded(seed, "initialization/generator"):
        module = config.network.build((config.latent,), source.shape)
    optimization = Optimization(config.optimizer.build, config.optimizer.schedule)
    return TrainedGenerator(module, config.latent, optimization, config.batch_size, config.ema)


def metrics_of(config: RunConfig) -> list[Metric]:
    """Return the metrics a configuration asks for; by default all general ones that need no settings of their own."""
    if config.evaluation.metrics is not None:
        return list(config.evaluation.metrics)
    known = registry.registered("metric").values()
    return [cls() for cls in known if cls.by_default and not _has_required_fields(cls)]


def called(dataset: Dataset) -> str:
    """Return what messages call a dataset: its name, with what is set of its fields.

    Example:
        >>> from lipschitz_trainers.data import ImageFolder
        >>> called(ImageFolder(images="photographs.zip"))
        "the dataset 'image_folder' (images: photographs.zip)"
    """
    values = [(field, getattr(dataset, field.name)) for field in fields(dataset)]
    given = ", ".join(f"{field.name}: {value}" for field, value in values if value != field.default)
    return f"the dataset {dataset.name!r}" + (f" ({given})" if given else "")


def left_out(config: RunConfig, source: Source) -> list[str]:
    """Return the metrics that a configuration names and that do not apply to its data, by name."""
    return [metric.name for metric in config.evaluation.metrics or () if not metric.applies_to(source)]


def _has_required_fields(cls: type[Metric]) -> bool:
    return any(field.default is MISSING and field.default_factory is MISSING for field in fields(cls))


def fingerprint(config: RunConfig) -> str:
    """Return a digest of all that determines what a run learns at a given step."""
    plain = {key: value for key, value in to_plain(config).items() if key not in NOT_IN_FINGERPRINT}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]
