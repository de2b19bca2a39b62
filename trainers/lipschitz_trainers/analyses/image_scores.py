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
    """

    key: str
    metric: str
    name: str
    papers: str = ""

    def title(self, block: Mapping[str, Any], samples: int) -> str:
        """Return what it is called with all that it must not be shown without.

        Args:
            block: the metric in a run's complete configuration.
            samples: images on each side; 0 if that is not known.

        Example:
            >>> IMAGE_SCORES["frechet_distance"].title({"extractor": {"name": "efficientnet_lite0"}}, 1000)
            'Fréchet distance (EfficientNet-Lite0, 1,000 images; not FID)'
            >>> IMAGE_SCORES["frechet_distance"].title({"extractor": {"name": "inception"}}, 50_000)
            'FID (Inception-v3, 50,000 images)'
        """
        images = f"{samples:,} images" if samples else "unknown number of images"
        made = f"{extractor_title(block.get('extractor'))}, {images}"
        if not self.papers:
            return f"{self.name} ({made})"
        if self._as_in_papers(block, samples):
            return f"{self.papers} ({made})"
        return f"{self.name} ({made}; not {'the ' if ' ' in self.papers else ''}{self.papers})"

    def _as_in_papers(self, block: Mapping[str, Any], samples: int) -> bool:
        if _name(block.get("extractor")) != PAPER_EXTRACTOR or samples != PAPER_SAMPLES:
            return False
        return all(block.get(key) == value for key, value in PAPER_SETTINGS[self.metric].items())


IMAGE_SCORES = {
    score.key: score
    for score in (
        ImageScore("frechet_distance", "frechet_distance", "Fréchet distance", "FID"),
        ImageScore("inception_score", "inception_score", "score by the Inception formula", "Inception score"),
        ImageScore("kernel_distance", "kernel_distance", "kernel distance", "KID"),
        ImageScore("precision", "precision_recall", "precision"),
        ImageScore("recall", "precision_recall", "recall"),
        ImageScore("density", "density_coverage", "density"),
        ImageScore("density_coverage", "density_coverage", "coverage"),
        ImageScore("label_accuracy", "label_accuracy", "label accuracy"),
    )
}
"""Everything that tables show of them, by key."""


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
        for block in evaluation.get("metrics") or []:
            # Numbers of splits or neighbours are in no title, but values with others are other quantities.
            whole = f"{json.dumps(block, sort_keys=True, default=str)} {samples}"
            for key, score in IMAGE_SCORES.items():
                if score.metric == _name(block):
                    settings = block if isinstance(block, Mapping) else {}
                    found.setdefault(key, {})[whole] = score.title(settings, samples)
    return {key: next(iter(titles.values())) if len(titles) == 1 else None for key, titles in found.items()}


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
