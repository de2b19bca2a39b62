"""Does the trainer cost anything over a loop written by hand?

The toy GAN of the WGAN-GP authors (three hidden layers of 512 on both sides, batch 256, five critic steps,
Adam) for a generator iteration: the `Trainer` with each gradient penalty against a straight PyTorch loop of the
same algorithm. One process, one thread, interleaved; the ratio of medians is what counts.

    python benchmarks/trainer_overhead.py [--iterations 20] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.training import Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.steps import iteration

BATCH, LATENT, CRITIC_STEPS, COEFFICIENT = 256, 2, 5, 10.0


def adam(parameters) -> torch.optim.Optimizer:
    """Return the optimizer both sides use."""
    return torch.optim.Adam(parameters, lr=1e-4, betas=(0.0, 0.9))


def networks(seed: int) -> tuple[nn.Module, nn.Module]:
    """Return critic and generator of the toy script."""
    torch.manual_seed(seed)
    mlp = registry.build("network", "mlp", width=512, depth=3)
    return mlp.build((2,), ()), mlp.build((LATENT,), (2,))


def handwritten(one_sided: bool) -> Callable[[], None]:
    """Return one generator iteration as a user would write it: the classic double backward."""
    critic, generator = networks(0)
    critic_optimizer, generator_optimizer = adam(critic.parameters()), adam(generator.parameters())
    stream = registry.build("dataset", "swiss_roll").open().train(torch.Generator().manual_seed(0))

    def step() -> None:
        for _ in range(CRITIC_STEPS):
            real = stream.next(BATCH).x
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, LATENT))
            epsilon = torch.rand(BATCH, 1)
            points = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
            (gradients,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
            excess = gradients.norm(2, dim=1) - 1
            if one_sided:
                excess = excess.clamp(min=0)
            loss = critic(fake).mean() - critic(real).mean() + COEFFICIENT * (excess**2).mean()
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
            loss.item()  # everyone logs the loss
        for parameter in critic.parameters():
            parameter.requires_grad_(False)
        loss = -critic(generator(torch.randn(BATCH, LATENT))).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()
        loss.item()
        for parameter in critic.parameters():
            parameter.requires_grad_(True)

    return step


def trained(constraint: str, folder: Path) -> Callable[[], None]:
    """Return one generator iteration of the trainer, its record written to disk."""
    critic, generator = networks(0)
    trainer = Trainer(
        critic=critic,
        constraint=lipschitz.build(constraint, coefficient=COEFFICIENT),
        objective=registry.build("objective", "wasserstein"),
        source=registry.build("dataset", "swiss_roll").open(),
        generator=TrainedGenerator(generator, LATENT, Optimization(adam)),
        optimization=Optimization(adam),
        batch_size=BATCH,
        critic_steps=CRITIC_STEPS,
        device="cpu",
        folder=folder / constraint,
    )
    return lambda: trainer._record(iteration(trainer.game))


def main() -> None:
    """Time both, interleaved, and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "two_sided_gradient_penalty": (
                handwritten(False),
                trained("two_sided_gradient_penalty", Path(folder)),
            ),
            "one_sided_gradient_penalty": (
                handwritten(True),
                trained("one_sided_gradient_penalty", Path(folder)),
            ),
        }
        seconds: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sides}
        for i in range(arguments.iterations + 2):
            for name, pair in sides.items():
                for kept, run in zip(seconds[name], pair, strict=True):
                    started = time.perf_counter()
                    run()
                    if i >= 2:  # the first two warm up
                        kept.append(time.perf_counter() - started)

    results = {}
    print(
        f"{'constraint':32} {'by hand':>10} {'trainer':>10} {'ratio':>7}   (ms a generator iteration, medians)"
    )
    for name, (by_hand, ours) in seconds.items():
        a, b = statistics.median(by_hand), statistics.median(ours)
        results[name] = {"by_hand_seconds": a, "trainer_seconds": b, "ratio": b / a}
        print(f"{name:32} {1e3 * a:10.1f} {1e3 * b:10.1f} {b / a:7.3f}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
