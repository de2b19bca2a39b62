"""A small game that trains in milliseconds."""

import math

import pytest
import torch
from torch import nn

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


class LabelWriter(nn.Module):
    """A generator that writes its label into every pixel."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, z, label):
        return self.weight * label.float()[:, None, None, None].expand(-1, *self.shape)


class LabelledCritic(nn.Module):
    """A linear critic that is told the label."""

    def __init__(self, shape):
        super().__init__()
        self.linear = nn.Linear(math.prod(shape), 1)

    def forward(self, x, label):
        return self.linear(x.flatten(1)).squeeze(1)


@pytest.fixture
def labelled_trainer(make_trainer):
    """Return a trainer of labelled digits whose generator writes its label into every pixel."""
    source = registry.build("dataset", "digits", conditional=True).open()
    return make_trainer(
        dataset=source, generator=LabelWriter(source.shape), critic=LabelledCritic(source.shape)
    )
