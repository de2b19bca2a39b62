"""Whether conditional samples show the class they were made for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.extractors import opened
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.image_score import ImageScore


@dataclass(frozen=True, kw_only=True)
class LabelAccuracy(ImageScore):
    """Share of conditionally generated images that a classifier takes for the class they were made for.

    The classifier must know the classes of the data, so the extractor `classifier` fits.

    Keys: ``label_accuracy``, in [0, 1]; ``label_accuracy_floor``, the share of as many held-out real images that are
    classified rightly (here the value to be reached, from below); ``label_accuracy_chance``, what images get that have
    nothing to do with their labels, 1 / classes; ``label_accuracy_samples``.

    Attributes:
        extractor: the classifier.
    """

    name = "label_accuracy"
    better = "higher"

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are images whose labels are handed to the networks."""
        if not super().applies_to(source) or source.classes is None:
            return False
        return bool(source.train(torch.Generator().manual_seed(0)).next(1).condition)

    def get_ready(self, source: Source) -> None:
        """Open the extractor and ask it for the classes of an image.

        Raises:
            DataError: it does not know the classes of the data, or cannot be opened for them.
            MissingExtraError: what it needs is not installed.
        """
        image = source.train(torch.Generator().manual_seed(0)).next(1).x
        known = opened(self.extractor, source).extractor.probabilities(image).shape[1]
        self._require_classes(known, source.classes)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the shares.

        Raises:
            DataError: there are no labels, or the extractor does not know these classes.
            MissingExtraError: what the extractor needs is not installed.
        """
        classes = evaluation.source.classes
        if classes is None or not evaluation.real_condition:
            raise DataError(
                "label_accuracy needs data whose labels are handed to the networks; set conditional: true in the "
                "dataset, or leave the metric out."
            )
        probabilities, fake = self.of_real(evaluation).probabilities, self.of_fake(evaluation)
        self._require_classes(probabilities.shape[1], classes)
        told = evaluation.fake_condition
        return {
            "label_accuracy": math.nan
            if fake is None or not told
            else accuracy(fake.probabilities, told[0].cpu()),
            "label_accuracy_floor": accuracy(probabilities, evaluation.real_condition[0].cpu()),
            "label_accuracy_chance": 1 / classes,
            "label_accuracy_samples": float(len(probabilities)),
        }

    def _require_classes(self, known: int, classes: int | None) -> None:
        if known != classes:
            raise DataError(
                f"label_accuracy needs a classifier of the {classes} classes of the data, and the extractor "
                f"{self.extractor.name!r} knows {known} of its own; use the extractor 'classifier'."
            )


def accuracy(probabilities: Tensor, labels: Tensor) -> float:
    """Return the share of rows whose largest entry is at the label.

    Args:
        probabilities: shape (n, classes).
        labels: shape (n,), integers.

    Example:
        >>> accuracy(torch.tensor([[0.9, 0.1], [0.6, 0.4]]), torch.tensor([0, 1]))
        0.5
    """
    return float((probabilities.argmax(dim=1) == labels).double().mean())
