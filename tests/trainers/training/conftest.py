"""A small game that trains in milliseconds."""

import pytest
import torch

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.training import DataPlusNoise, Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.evaluation import Evaluator
from lipschitz_trainers.training.randomness import seeded
from lipschitz_trainers.training.trainer import Checkpointing


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9))


@pytest.fixture
def make_trainer():
    made = []

    def make(
        constraint="two_sided_gradient_penalty",
        dataset="swiss_roll",
        fixed=None,
        ema=None,
        metrics=(),
        every=None,
        checkpoint_every=None,
        seed=0,
        critic=None,
        generator=None,
        objective="wasserstein",
        optimization=None,
        generator_batch=None,
        **more,
    ):
        source = registry.build("dataset", dataset).open() if isinstance(dataset, str) else dataset
        mlp = registry.build("network", "mlp", width=16, depth=2)
        with seeded(seed, "weights"):
            critic = mlp.build(source.shape, ()) if critic is None else critic
            generator = mlp.build((3,), source.shape) if generator is None else generator
        optimization = optimization or Optimization(adam)
        trainer = Trainer(
            critic=critic,
            constraint=lipschitz.build(constraint) if isinstance(constraint, str) else constraint,
            objective=registry.build("objective", objective),
            source=source,
            generator=fixed or TrainedGenerator(generator, 3, optimization, generator_batch, ema),
            optimization=optimization,
            batch_size=more.pop("batch_size", 16),
            critic_steps=more.pop("critic_steps", 2),
            seed=seed,
            device="cpu",
            evaluator=Evaluator([registry.build("metric", name) for name in metrics], 32, every)
            if metrics
            else None,
            checkpointing=Checkpointing(checkpoint_every),
            **more,
        )
        made.append(trainer)
        return trainer

    yield make
    for trainer in made:
        trainer.close()


@pytest.fixture
def noise():
    return DataPlusNoise(std=1.0)
