"""Kernel distance between features of generated and of real images."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.frechet_distance import Given
from lipschitz_trainers.metrics.image_score import ImageScore


@dataclass(frozen=True, kw_only=True)
class KernelDistance(ImageScore):
    """Squared maximum mean discrepancy of features under a cubic kernel, the mean over random subsets.

        k(x, y) = (x . y / d + 1)^3

    Unlike the Fréchet distance it is unbiased: real images against real ones get 0 in the mean, at any number of
    images, and single values may be negative. With the extractor `inception` this is the kernel Inception distance
    (KID) of papers; otherwise it is NOT, and must not be compared with one.

    Keys: ``kernel_distance``; ``kernel_distance_std``, the standard deviation over subsets;
    ``kernel_distance_floor``, real images against as many other real ones; ``kernel_distance_samples``.

    Attributes:
        extractor: the network whose features are compared.
        subsets: number of random subsets.
        subset_size: images of each side in a subset; all of them where there are fewer.

    References:
        Bińkowski, Sutherland, Arbel, Gretton: Demystifying MMD GANs, 2018, arXiv 1801.01401, section 4 (100 subsets of
        1,000).
    """

    name = "kernel_distance"
    better = "lower"
    subsets: Annotated[int, Ge(1)] = 50
    subset_size: Annotated[int, Ge(2)] = 250

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the distance, its spread and its floor.

        Raises:
            DataError: the extractor cannot be opened for these data.
            MissingExtraError: torchmetrics or what the extractor needs is not installed.
        """
        real, fake = self.of_real(evaluation).features, self.of_fake(evaluation)
        seed = int(torch.randint(2**62, (), generator=evaluation.generator))
        options = {"subsets": self.subsets, "subset_size": self.subset_size, "seed": seed}
        mean, std = (math.nan,) * 2 if fake is None else kernel_distance(real, fake.features, **options)
        floor, _ = kernel_distance(real, self.of_second_real(evaluation).features, **options)
        return {
            "kernel_distance": mean,
            "kernel_distance_std": std,
            "kernel_distance_floor": floor,
            "kernel_distance_samples": float(len(real)),
        }


def kernel_distance(
    a: Tensor, b: Tensor, *, subsets: int, subset_size: int, seed: int = 0
) -> tuple[float, float]:
    """Return mean and standard deviation over random subsets of the unbiased squared discrepancy, in float64.

    Args:
        a: shape (n, d), n at least 2.
        b: shape (m, d), m at least 2.
        subsets: how many pairs of subsets are drawn.
        subset_size: rows of each; all where there are fewer.
        seed: of the subsets.

    Raises:
        DataError: a set has fewer than 2 rows, or they do not fit together.
        MissingExtraError: torchmetrics is not installed.

    Example:
        >>> x = torch.tensor([[0.0], [1.0]])  # k(0, 1) = 1 within each set, mean 1; between them (1 + 1 + 1 + 8) / 4
        >>> kernel_distance(x, x, subsets=3, subset_size=2)
        (-3.5, 0.0)
    """
    image: Any = import_extra(
        "torchmetrics.image.kid", package="torchmetrics", needed_for="the kernel distance"
    )
    if min(len(a), len(b)) < 2 or a.shape[1:] != b.shape[1:] or a.ndim != 2:
        raise DataError(
            f"two sets of at least 2 feature vectors of one length are needed, got shapes {tuple(a.shape)} and "
            f"{tuple(b.shape)}."
        )
    with warnings.catch_warnings(), fixed_seed(seed):
        warnings.filterwarnings("ignore", message="Metric `Kernel Inception Distance` will save")
        metric = image.KernelInceptionDistance(
            feature=Given(a.shape[1]), subsets=subsets, subset_size=min(subset_size, len(a), len(b))
        )
        metric.update(a.double(), real=True)
        metric.update(b.double(), real=False)
        mean, std = metric.compute()
    return float(mean), float(std)
