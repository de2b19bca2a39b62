"""Two iterations of every run of the paper's image and text experiments, with networks of full size, on noise.

The data need downloads, so noise of their shape stands in; batches are small, what the paper's cost is no matter here.
"""

import math
from dataclasses import dataclass

import pytest
import torch

from lipschitz_trainers.config import load_experiment
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.data.text_source import TextSource
from lipschitz_trainers.running.build import build_trainer

pytestmark = pytest.mark.large

SHAPES = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32), "imagenet32": (3, 32, 32), "lsun": (3, None, None)}
"""Of samples, by dataset; None: by its field ``size``."""


@dataclass(frozen=True, kw_only=True)
class Noise(Dataset):
    """Noise in the shape of other data."""

    name = "noise"
    like: Dataset

    def open(self):
        random = torch.Generator().manual_seed(0)
        if self.like.name == "billion_word":
            lines = torch.randint(100, (60, 32), dtype=torch.uint8, generator=random)
            return TextSource(lines[:50], lines[50:], tuple(map(chr, range(33, 133))))
        shape = [side or self.like.size for side in SHAPES[self.like.name]]
        labels = torch.arange(60) % 10 if getattr(self.like, "conditional", False) else None
        pixels = torch.randint(256, (60, *shape), dtype=torch.uint8, generator=random)
        return from_tensor(pixels, kind="images", labels=labels, conditional=labels is not None)


EXPERIMENTS = (
    "fig2_architectures",
    "fig3_cifar10_convergence",
    "fig4_lsun_resnet",
    "fig5_overfitting",
    "sngan_table2",
    "table2_random_architectures",
    "table3_cifar10_resnet",
    "table4_language_model",
)


def full_size_runs(name):
    """Return a run for every combination of networks, objective, constraint and data in the paper's profile."""
    found = {}
    for run in load_experiment(name).resolve("paper"):
        plain = to_plain(run.config)
        networks = [plain[player]["network"] for player in ("generator", "critic")]
        parts = [plain[key] for key in ("dataset", "constraint", "objective")]
        found.setdefault(str([*networks, *parts]), run)
    # Of two hundred random architectures a few.
    return list(found.values())[:: 1 + len(found) // 40]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_two_iterations_at_full_size(name):
    for run in full_size_runs(name):
        train_two_iterations(run.config, run.variant)


def train_two_iterations(config, variant):
    update = {"dataset": Noise(like=config.dataset), "batch_size": 2, "steps": 2, "device": "cpu"}
    generator = config.generator.model_copy(update={"batch_size": None})
    critic = config.critic.model_copy(update={"steps": 1})
    trainer = build_trainer(
        config.model_copy(update=update | {"generator": generator, "critic": critic}), None
    )
    before = [parameter.detach().clone() for parameter in trainer.game.critic.parameters()]
    kept = Kept()
    trainer.recorder, trainer.evaluator = kept, None
    trainer.fit(2)
    assert [record["step"] for record in kept.records] == [1, 2], variant
    assert all(math.isfinite(record["critic_loss"]) for record in kept.records), variant
    after = list(trainer.game.critic.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True)), variant


class Kept:
    """Keeps records rather than writing them."""

    def __init__(self):
        self.records = []

    def write(self, record):
        self.records.append(record)

    def position(self):
        return 0
