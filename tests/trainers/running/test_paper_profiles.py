"""Every shipped profile has the samples it is judged by; two iterations and an evaluation at full size, on noise.

The paper's data need downloads, so noise of their shape stands in. Batches and evaluations are small and a stand-in
looks at the images: what the paper's settings cost is no matter here.
"""

import dataclasses
import math
from dataclasses import dataclass

import pytest
import torch

from lipschitz_trainers.config import FixedGeneratorConfig, experiment_names, load_experiment
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.data.base import Dataset
from lipschitz_trainers.data.text_source import TextSource
from lipschitz_trainers.extractors import Extractor, OpenedExtractor, Outputs
from lipschitz_trainers.running.build import build_trainer, metrics_of
from lipschitz_trainers.training.evaluation import Evaluator

PUBLISHED = {"cifar10": 10_000, "fashion_mnist": 10_000, "imagenet32": 50_000, "mnist": 10_000}
"""Held-out samples of data that say so by none of their fields; their files need not be here."""

LARGEST = {"billion_word": 10_000_000, "lsun": 3_033_042}
"""Samples of all, where some of them are held out."""


def held_out(dataset):
    """Return how many samples data hold out; None for what is drawn as needed."""
    number = PUBLISHED.get(dataset.name, getattr(dataset, "held_out", None))
    if number is None and dataset.name == "digits":
        number = 500
    return number


def judged_alike(run):
    """Return what decides whether a run can be judged."""
    fixed = isinstance(run.config.generator, FixedGeneratorConfig)
    return str([fixed, *(to_plain(run.config)[key] for key in ("dataset", "evaluation"))])


@pytest.mark.parametrize("name", experiment_names())
def test_every_profile_has_the_samples_it_is_judged_by(name):
    experiment = load_experiment(name)
    for profile in experiment.profiles:
        for run in {judged_alike(run): run for run in experiment.resolve(profile, seeds=1)}.values():
            where = f"{name}, profile {profile}, {run.variant}"
            data, samples = run.config.dataset, run.config.evaluation.samples
            available = held_out(data)
            if available is None:
                assert len(data.open().held_out(samples, torch.Generator()).x) == samples, where
            else:
                assert samples <= available < LARGEST.get(data.name, math.inf), where
            for metric in metrics_of(run.config):
                fixed = isinstance(run.config.generator, FixedGeneratorConfig)
                assert metric.objection(samples, trained=not fixed) is None, where
                require_own_counts(metric, samples, where)


def require_own_counts(metric, samples, where):
    """Check the numbers of samples that a metric has of its own."""
    own = {field.name: getattr(metric, field.name) for field in dataclasses.fields(metric)}
    for field in ("samples", "lines", "subset_size"):
        assert own.get(field) is None or own[field] <= samples, (where, field)
    assert own.get("neighbours", 0) < samples, where
    assert own.get("splits", 1) <= min(samples, own.get("images") or samples), where


SHAPES = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32), "imagenet32": (3, 32, 32), "lsun": (3, None, None)}
"""Of samples, by dataset; None: by its field ``size``."""

JUDGED_BY = 12
"""Samples of an evaluation here."""


@dataclass(frozen=True, kw_only=True)
class Noise(Dataset):
    """Noise in the shape of other data."""

    name = "noise"
    like: Dataset

    def open(self):
        random = torch.Generator().manual_seed(0)
        if self.like.name == "billion_word":
            lines = torch.randint(100, (60, 32), dtype=torch.uint8, generator=random)
            return TextSource(lines[:-JUDGED_BY], lines[-JUDGED_BY:], tuple(map(chr, range(33, 133))))
        shape = [side or self.like.size for side in SHAPES[self.like.name]]
        labels = torch.arange(60) % 10 if getattr(self.like, "conditional", False) else None
        pixels = torch.randint(256, (60, *shape), dtype=torch.uint8, generator=random)
        return from_tensor(
            pixels, kind="images", labels=labels, conditional=labels is not None, held_out=JUDGED_BY / 60
        )


class Tiles(OpenedExtractor):
    """Takes the means over nine tiles and of the whole image for its features, and for logits of ten classes."""

    def look(self, images):
        grey = images.mean(dim=1, keepdim=True)
        tiles = torch.nn.functional.adaptive_avg_pool2d(grey, 3).flatten(1)
        features = torch.cat([tiles, grey.mean(dim=(2, 3))], dim=1)
        return Outputs(features, features.softmax(dim=1))


@dataclass(frozen=True, kw_only=True)
class StandIn(Extractor):
    """Looks at images at no cost, where the profile has a large network with weights that are not here."""

    name = "stand_in"

    def open(self, source):
        return Tiles()


def smaller(metric):
    """Return a profile's metric for a few samples, with a stand-in for what looks at images."""
    fields = {field.name: getattr(metric, field.name) for field in dataclasses.fields(metric)}
    changes = {"extractor": StandIn()} if isinstance(fields.get("extractor"), Extractor) else {}
    if fields.get("images") is not None:
        changes["images"] = 2 * JUDGED_BY
    if fields.get("splits", 1) > 1:
        changes["splits"] = 2
    return dataclasses.replace(metric, **changes)


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


@pytest.mark.large
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_two_iterations_and_an_evaluation_at_full_size(name):
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
    metrics = [smaller(metric) for metric in metrics_of(config)]
    trainer.recorder, trainer.evaluator = kept, Evaluator(metrics, samples=JUDGED_BY)
    trainer.fit(2)
    trained, (judged,) = kept.records[:-1], kept.records[-1:]
    assert [record["step"] for record in trained] == [1, 2], variant
    assert all(math.isfinite(record["critic_loss"]) for record in trained), variant
    after = list(trainer.game.critic.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True)), variant
    values = judged["evaluation"]
    assert {metric.name for metric in metrics if metric.applies_to(trainer.source)} <= values.keys(), variant
    assert all(math.isfinite(value) for value in values.values()), (variant, values)


class Kept:
    """Keeps records rather than writing them."""

    def __init__(self):
        self.records = []

    def write(self, record):
        self.records.append(record)

    def position(self):
        return 0
