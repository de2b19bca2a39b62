"""Small games in double precision, trained by one process (by the tests) or several (as a script under torchrun)."""

import os
import sys
from pathlib import Path

import torch

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.training import AnotherDataset, DataPlusNoise, Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.evaluation import Evaluator
from lipschitz_trainers.training.randomness import seeded

ITERATIONS = 5


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9))


def constraints():
    build = lipschitz.build
    return {
        **{name: build(name) for name in sorted(lipschitz.constraints())},
        "both": lipschitz.compose(build("spectral_norm"), build("one_sided_gradient_penalty")),
        "seldom": lipschitz.every(3, build("two_sided_gradient_penalty")),
    }


def games():
    """Return keyword arguments of a trainer by name."""
    plain = {name: {"constraint": constraint} for name, constraint in constraints().items()}
    one_sided = lipschitz.build("one_sided_gradient_penalty")
    gaussians = registry.build("dataset", "twenty_five_gaussians")
    return plain | {
        "noise": {"constraint": one_sided, "generator": DataPlusNoise(0.5)},
        "second dataset": {"constraint": one_sided, "generator": AnotherDataset(gaussians.open())},
        "images": {"constraint": one_sided, "dataset": "digits"},
        "least squares": {"constraint": one_sided, "objective": "least_squares"},
        "larger generator batch": {"constraint": one_sided, "generator_batch": 24},
    }


def make(
    constraint,
    devices,
    folder,
    generator=None,
    dataset="swiss_roll",
    objective="wasserstein",
    generator_batch=None,
):
    source = registry.build("dataset", dataset).open()
    mlp = registry.build("network", "mlp", width=16, depth=2)
    with seeded(0, "weights"):
        critic, network = mlp.build(source.shape, ()), mlp.build((3,), source.shape)
    return Trainer(
        critic=critic,
        constraint=constraint,
        objective=registry.build("objective", objective),
        source=source,
        generator=generator or TrainedGenerator(network, 3, Optimization(adam), generator_batch, ema=0.9),
        optimization=Optimization(adam),
        batch_size=16,
        critic_steps=2,
        device="cpu",
        precision="64-true",
        devices=devices,
        evaluator=Evaluator([registry.build("metric", "sliced_w1")], samples=64, every=2),
        folder=folder,
    )


def train(name, devices, folder):
    trainer = make(**games()[name], devices=devices, folder=folder / name)
    trainer.fit(ITERATIONS)
    trainer.close()
    return trainer


if __name__ == "__main__":
    torch.set_num_threads(1)
    for chosen in games():
        train(chosen, int(os.environ["WORLD_SIZE"]), Path(sys.argv[1]))
