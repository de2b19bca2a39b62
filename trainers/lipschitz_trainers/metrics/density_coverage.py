"""Density of generated images among the real ones, and how many real ones have a generated one near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.image_score import ImageScore
from lipschitz_trainers.metrics.neighbours import ROWS, balls_around, distances, radii, too_few_for


@dataclass(frozen=True, kw_only=True)
class DensityCoverage(ImageScore):
    """Mean number of real images' balls that a generated one lies in, over k; share of balls with a generated one.

    Balls reach from a real image's features to its k-th nearest other real one. Unlike `precision_recall` nothing is
    built on the generated images, and one real outlier changes little. Density is 1 in the mean for equal distributions
    and may be larger; coverage lies in [0, 1].

    Keys: ``density_coverage``, the coverage, by which is ranked, and ``density``; each with ``_floor``, what as many
    other real images get in place of the generated ones (here the value to be reached); ``density_coverage_samples``.

    Attributes:
        extractor: the network whose features are compared.
        neighbours: k.

    References:
        Naeem, Oh, Uh, Choi, Yoo: Reliable Fidelity and Diversity Metrics for Generative Models, 2020, arXiv 2002.09797,
        section 3 (k = 5).
    """

    name = "density_coverage"
    better = "higher"
    neighbours: Annotated[int, Ge(1)] = 5

    def objection(self, samples: int, *, trained: bool = True) -> str | None:
        """Return why there are too few images; None if there are enough."""
        return too_few_for(self.neighbours, samples)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return both, and those of real images.

        Raises:
            DataError: there are too few images, or the extractor cannot be opened for these data.
            MissingExtraError: what the extractor needs is not installed.
        """
        found, floor = self.pair_of(
            evaluation, lambda real, judged: density_and_coverage(real, judged, self.neighbours)
        )
        return {
            "density_coverage": found[1],
            "density": found[0],
            "density_coverage_floor": floor[1],
            "density_floor": floor[0],
            "density_coverage_samples": float(len(evaluation.real)),
        }


def density_and_coverage(real: Tensor, fake: Tensor, k: int) -> tuple[float, float]:
    """Return the mean number of real balls around a fake over k, and the share of real balls that hold a fake.

    Args:
        real: features, shape (n, d).
        fake: features, shape (m, d).
        k: balls reach to the k-th nearest other real one.

    Raises:
        DataError: there are no more than k real ones.

    Example:
        >>> import torch
        >>> real = torch.tensor([[0.0], [1.0], [2.0], [9.0]])
        >>> density_and_coverage(real, torch.tensor([[0.5], [1.5]]), 1)
        (2.0, 0.75)
    """
    radius = radii(real, k)
    density = float(balls_around(fake, real, radius).double().mean()) / k
    covered = [
        (distances(part, fake).min(dim=1).values <= radius[i * ROWS : i * ROWS + len(part)])
        for i, part in enumerate(real.split(ROWS))
    ]
    return density, sum(int(part.sum()) for part in covered) / len(real)
