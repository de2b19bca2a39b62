"""Does the trainer cost anything over a loop written by hand?

A generator iteration of two WGAN-GPs, five critic steps each: the toy GAN of the authors (three hidden layers of 512
on both sides, batch 256) and their CIFAR-10 DCGAN at 32x32 (batch 64; width 64 for 128). The `Trainer` with each
gradient penalty, its record written to disk, against a straight PyTorch loop of the same algorithm with the classic
double backward. One process, one thread, both in turn; the median of the ratios is what counts.

    python benchmarks/trainer_overhead.py [--seconds 20] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from penalty_cost import machine
from timing import Effort, compare
from torch import nn

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.training import Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.steps import iteration

CPU = torch.device("cpu")

CRITIC_STEPS, COEFFICIENT = 5, 10.0

BARS = {"toy": 1.0, "dcgan_32": 0.9}
"""What the ratio must not be above."""


@dataclass(frozen=True)
class Game:
    """What both sides train.

    Attributes:
        critic: registered network.
        generator: registered network.
        fields: of both.
        latent: dimension of z.
        batch: samples of a step.
        open: returns the data.
    """

    critic: str
    generator: str
    fields: dict[str, int]
    latent: int
    batch: int
    open: Callable[[], Source]

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Return critic and generator, always with the same weights."""
        torch.manual_seed(0)
        shape = self.open().shape
        build = registry.build
        critic = build("network", self.critic, **self.fields).build(shape, ())
        return critic, build("network", self.generator, **self.fields).build((self.latent,), shape)


def some_images() -> Source:
    """Return 512 images of noise: what they show costs nothing."""
    pixels = torch.randint(
        256, (512, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    return from_tensor(pixels, kind="images", held_out=0.125)


GAMES = {
    "toy": Game(
        "mlp",
        "mlp",
        {"width": 512, "depth": 3},
        2,
        256,
        lambda: registry.build("dataset", "swiss_roll").open(),
    ),
    "dcgan_32": Game("cifar_dcgan_critic", "cifar_dcgan_generator", {"width": 64}, 128, 64, some_images),
}


def adam(parameters) -> torch.optim.Optimizer:
    """Return the optimizer both sides use."""
    return torch.optim.Adam(parameters, lr=1e-4, betas=(0.0, 0.9))


def handwritten(game: Game, one_sided: bool) -> Callable[[], None]:
    """Return one generator iteration as a user would write it: the classic double backward."""
    critic, generator = game.networks()
    critic_optimizer, generator_optimizer = adam(critic.parameters()), adam(generator.parameters())
    stream = game.open().train(torch.Generator().manual_seed(0))

    def step() -> None:
        for _ in range(CRITIC_STEPS):
            real = stream.next(game.batch).x
            with torch.no_grad():
                fake = generator(torch.randn(game.batch, game.latent))
            epsilon = torch.rand(game.batch, *[1] * (real.ndim - 1))
            points = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
            (gradients,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
            excess = gradients.flatten(1).norm(2, dim=1) - 1
            if one_sided:
                excess = excess.clamp(min=0)
            loss = critic(fake).mean() - critic(real).mean() + COEFFICIENT * (excess**2).mean()
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
            loss.item()  # everyone logs the loss
        for parameter in critic.parameters():
            parameter.requires_grad_(False)
        loss = -critic(generator(torch.randn(game.batch, game.latent))).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()
        loss.item()
        for parameter in critic.parameters():
            parameter.requires_grad_(True)

    return step


def trained(game: Game, constraint: str, folder: Path) -> Callable[[], None]:
    """Return one generator iteration of the trainer, its record written to disk."""
    critic, generator = game.networks()
    trainer = Trainer(
        critic=critic,
        constraint=lipschitz.build(constraint, coefficient=COEFFICIENT),
        objective=registry.build("objective", "wasserstein"),
        source=game.open(),
        generator=TrainedGenerator(generator, game.latent, Optimization(adam)),
        optimization=Optimization(adam),
        batch_size=game.batch,
        critic_steps=CRITIC_STEPS,
        device="cpu",
        folder=folder,
    )
    return lambda: trainer._record(iteration(trainer.game))


def main() -> None:
    """Time both in turn and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="aimed at for each row")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    effort = Effort(seconds=arguments.seconds, fewest=7, most=101, sample=0.03)

    rows = {}
    print(
        f"{'game':10} {'constraint':28} {'by hand':>9} {'trainer':>9} {'ratio':>7} {'quartiles':>14} {'bar':>5}"
    )
    for name, game in GAMES.items():
        for constraint in ("two_sided_gradient_penalty", "one_sided_gradient_penalty"):
            with tempfile.TemporaryDirectory() as folder:
                by_hand = handwritten(game, constraint.startswith("one_sided"))
                ours = trained(game, constraint, Path(folder))
                found = compare(by_hand, ours, effort, CPU)
            ratio = found["ratio"]
            rows[f"{name}-{constraint}"] = {**found, "bar": BARS[name]}
            print(
                f"{name:10} {constraint:28} {found['first_ms']:9.1f} {found['second_ms']:9.1f} "
                f"{ratio['median']:7.3f} {ratio['low']:6.3f}-{ratio['high']:.3f} {BARS[name]:5.2f}"
            )
    if arguments.json is not None:
        record = {"environment": machine(CPU), "mode": "full", "games": rows}
        arguments.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
