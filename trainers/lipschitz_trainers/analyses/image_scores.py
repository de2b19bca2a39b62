"""What scores of images are called: never without the network and the number of images that made them.

Two scores are the same quantity only if both agree; only the protocol of papers has the names of papers.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lipschitz import LipschitzError
from lipschitz_trainers import registry

PAPER_SAMPLES = 50_000
PAPER_EXTRACTOR = "inception"
PAPER_SETTINGS = {
    "frechet_distance": {},
    "kernel_distance": {"subsets": 100, "subset_size": 1000},
    "inception_score": {"splits": 10},
}
"""With what network, from how many images and how papers take their scores."""


@dataclass(frozen=True)
class ImageScore:
    """A number that a network made of images.

    Attributes:
        key: its key among a run's metrics.
        metric: the metric that measures it.
        name: what it is called here.
        papers: what it is called if it is made as in papers; empty if that is nothing else.
        network: what made it, where that is not an extractor to choose; such a score is never as in papers.
    """

    key: str
    metric: str
    name: str
    papers: str = ""
    network: str = ""

    def title(self, block: Mapping[str, Any], samples: int) -> str:
        """Return what it is called with all that it must not be shown without.

        Args:
            block: the metric in a run's complete configuration.
            samples: images on each side of the evaluation, real ones and, unless the metric has a number of its own
                (`images`), generated ones; 0 if that is not known.

        Example:
            >>> IMAGE_SCORES["frechet_distance"].title({"extractor": {"name": "efficientnet_lite0"}}, 1000)
            'Fréchet distance (EfficientNet-Lite0, 1,000 images; not FID)'
            >>> IMAGE_SCORES["frechet_distance"].title({"extractor": {"name": "inception"}}, 50_000)
            'FID (Inception-v3, 50,000 images)'
            >>> more = {"extractor": {"name": "inception"}, "splits": 10, "images": 50_000}
            >>> IMAGE_SCORES["inception_score"].title(more, 10_000)
            'Inception score (Inception-v3, 50,000 images; 10,000 real ones)'
        """
        scored = int(block.get("images") or samples)
        images = f"{scored:,} images" if scored else "unknown number of images"
        made = f"{self.network or extractor_title(block.get('extractor'))}, {images}"
        as_in_papers = bool(self.papers) and self._as_in_papers(block, scored)
        if self.papers and not as_in_papers:
            made += f"; not {'the ' if ' ' in self.papers else ''}{self.papers}"
        if samples and scored != samples:
            made += f"; {real_ones(samples)}"
        return f"{self.papers if as_in_papers else self.name} ({made})"

    def _as_in_papers(self, block: Mapping[str, Any], scored: int) -> bool:
        if self.network or _name(block.get("extractor")) != PAPER_EXTRACTOR or scored != PAPER_SAMPLES:
            return False
        return all(block.get(key) == value for key, value in PAPER_SETTINGS[self.metric].items())


IMAGE_SCORES = {
    score.key: score
    for score in (
        ImageScore("frechet_distance", "frechet_distance", "Fréchet distance", "FID"),
        ImageScore("inception_score", "inception_score", "score by the Inception formula", "Inception score"),
        ImageScore(
            "classifier_score",
            "classifier_score",
            "classifier score",
            "Inception score",
            network="small classifier of these data",
        ),
        ImageScore("kernel_distance", "kernel_distance", "kernel distance", "KID"),
        ImageScore("precision", "precision_recall", "precision"),
        ImageScore("recall", "precision_recall", "recall"),
        ImageScore("density", "density_coverage", "density"),
        ImageScore("density_coverage", "density_coverage", "coverage"),
        ImageScore("label_accuracy", "label_accuracy", "label accuracy"),
    )
}
"""Everything that tables show of them, by key."""

BY_DEFAULT = ({"name": "classifier_score"},)
"""What is measured of images where a configuration names no metrics."""


def score_titles(configs: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the title of each image score that runs were judged by.

    Args:
        configs: the runs' complete configurations.

    Returns:
        Titles by key; None where runs were judged differently, so that their values must not be compared.
    """
    found: dict[str, dict[str, str]] = {}
    for config in configs:
        evaluation = config.get("evaluation") or {}
        samples = int(evaluation.get("samples", 0))
        named = evaluation.get("metrics", [])
        for block in BY_DEFAULT if named is None else named:
            # Numbers of splits or neighbours are in no title, but values with others are other quantities.
            whole = f"{json.dumps(block, sort_keys=True, default=str)} {samples}"
            for key, score in IMAGE_SCORES.items():
                if score.metric == _name(block):
                    settings = block if isinstance(block, Mapping) else {}
                    found.setdefault(key, {})[whole] = score.title(settings, samples)
    return {key: next(iter(titles.values())) if len(titles) == 1 else None for key, titles in found.items()}


def real_ones(count: int) -> str:
    """Return what a title says of real images, where they are not as many as the generated ones."""
    return f"{count:,} real ones"


def extractor_title(block: Any) -> str:
    """Return what an extractor is called, with the fields that are not as usual.

    Example:
        >>> extractor_title({"name": "efficientnet_lite0", "side": 224})
        'EfficientNet-Lite0, side 224'
    """
    name = _name(block)
    try:
        cls = registry.class_of("extractor", name)
    except LipschitzError:
        return name or "unknown network"
    usual = {field.name: field.default for field in dataclasses.fields(cls)}
    given = block.items() if isinstance(block, Mapping) else ()
    # Where a file lies says nothing about what is in it.
    unusual = [
        f"{key} {value}"
        for key, value in given
        if key != "name" and value != usual.get(key) and not isinstance(value, str)
    ]
    return ", ".join([cls.title or name, *unusual])


def _name(block: Any) -> str:
    return str(block.get("name", "")) if isinstance(block, Mapping) else str(block or "")
