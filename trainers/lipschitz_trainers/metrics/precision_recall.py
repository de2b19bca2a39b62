"""How many generated images look real, and how much of the real variety is generated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.image_score import ImageScore
from lipschitz_trainers.metrics.neighbours import balls_around, radii, too_few_for


@dataclass(frozen=True, kw_only=True)
class PrecisionRecall(ImageScore):
    """Share of generated images among the real ones, and of real images among the generated ones, by features.

    A set is stretched to the balls around its features that reach to the k-th nearest neighbour. Precision falls with
    quality, recall with variety; both lie in [0, 1]. An outlier has a large ball: `density_coverage` is less sensitive.

    Keys: ``precision_recall``, the harmonic mean of both, by which is ranked; ``precision`` and ``recall``; each with
    ``_floor``, what as many other real images get in place of the generated ones (here the value to be reached, from
    below); ``precision_recall_samples``.

    Attributes:
        extractor: the network whose features are compared.
        neighbours: k.

    References:
        Kynkäänniemi, Karras, Laine, Lehtinen, Aila: Improved Precision and Recall Metric for Assessing Generative
        Models, 2019, arXiv 1904.06991, section 2 (k = 3).
    """

    name = "precision_recall"
    better = "higher"
    neighbours: Annotated[int, Ge(1)] = 3

    def objection(self, samples: int, *, trained: bool = True) -> str | None:
        """Return why there are too few images; None if there are enough."""
        return too_few_for(self.neighbours, samples)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the shares, and those of real images.

        Raises:
            DataError: there are too few images, or the extractor cannot be opened for these data.
            MissingExtraError: what the extractor needs is not installed.
        """
        found, floor = self.pair_of(
            evaluation, lambda real, judged: precision_and_recall(real, judged, self.neighbours)
        )
        return {
            "precision_recall": harmonic_mean(*found),
            "precision": found[0],
            "recall": found[1],
            "precision_recall_floor": harmonic_mean(*floor),
            "precision_floor": floor[0],
            "recall_floor": floor[1],
            "precision_recall_samples": float(len(evaluation.real)),
        }


def precision_and_recall(real: Tensor, fake: Tensor, k: int) -> tuple[float, float]:
    """Return the shares of fakes in a ball of a real one, and of real ones in a ball of a fake.

    Args:
        real: features, shape (n, d).
        fake: features, shape (m, d).
        k: balls reach to the k-th nearest other one of the same set.

    Raises:
        DataError: a set has no more than k rows.

    Example:
        >>> import torch
        >>> real = torch.tensor([[0.0], [1.0], [2.0], [9.0]])
        >>> precision_and_recall(real, torch.tensor([[0.5], [1.5]]), 1)
        (1.0, 0.75)
    """
    inside = balls_around(fake, real, radii(real, k)) > 0
    covered = balls_around(real, fake, radii(fake, k)) > 0
    return float(inside.double().mean()), float(covered.double().mean())


def harmonic_mean(a: float, b: float) -> float:
    """Return the harmonic mean of two numbers from 0 on; 0 if one is 0.

    Example:
        >>> harmonic_mean(0.5, 1.0), harmonic_mean(0.0, 0.0)
        (0.6666666666666666, 0.0)
    """
    return 0.0 if a == b == 0 else 2 * a * b / (a + b)
