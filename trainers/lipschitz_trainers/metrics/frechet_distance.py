"""Fréchet distance between Gaussians fitted to features of generated and of real images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.image_score import ImageScore


@dataclass(frozen=True, kw_only=True)
class FrechetDistance(ImageScore):
    r"""Squared Fréchet distance between Gaussians with the mean and covariance of real and of generated features.

        |m - w|^2 + tr(C + D - 2 (C D)^(1/2))

    With the extractor `inception` and 50,000 images this is the Fréchet Inception distance (FID) of papers; otherwise
    it is NOT, and must not be compared with one. It is biased upwards, the more the fewer images there are, so compare
    it with its floor: real images against as many other real ones.

    Keys: ``frechet_distance``; ``frechet_distance_floor``; ``frechet_distance_samples``, the number of images on each
    side.

    Attributes:
        extractor: the network whose features are compared.

    References:
        Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: GANs Trained by a Two Time-Scale Update Rule Converge to a
        Local Nash Equilibrium, 2017, arXiv 1706.08500, section 2.
    """

    name = "frechet_distance"
    better = "lower"

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the distance and its floor.

        Raises:
            DataError: the extractor cannot be opened for these data.
            MissingExtraError: torchmetrics or what the extractor needs is not installed.
        """
        real, fake = self.of_real(evaluation).features, self.of_fake(evaluation)
        return {
            "frechet_distance": math.nan if fake is None else frechet_distance(real, fake.features),
            "frechet_distance_floor": frechet_distance(real, self.of_second_real(evaluation).features),
            "frechet_distance_samples": float(len(real)),
        }


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Return the squared Fréchet distance between Gaussians fitted to two sets of features, in float64.

    Args:
        a: shape (n, d), n at least 2.
        b: shape (m, d), m at least 2.

    Raises:
        DataError: a set has fewer than 2 rows, or they do not fit together.
        MissingExtraError: torchmetrics is not installed.

    Example:
        >>> import torch
        >>> square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> round(frechet_distance(square, square + 3), 6)
        18.0
    """
    image: Any = import_extra(
        "torchmetrics.image.fid", package="torchmetrics", needed_for="the Fréchet distance"
    )
    if min(len(a), len(b)) < 2 or a.shape[1:] != b.shape[1:] or a.ndim != 2:
        raise DataError(
            f"two sets of at least 2 feature vectors of one length are needed, got shapes {tuple(a.shape)} and "
            f"{tuple(b.shape)}."
        )
    metric = image.FrechetInceptionDistance(feature=Given(a.shape[1]), normalize=True)
    metric.set_dtype(a.double().dtype)
    # Far from the origin products of features would lose digits; a shift of both changes no distance.
    centre = a.double().mean(dim=0)
    metric.update(a.double() - centre, real=True)
    metric.update(b.double() - centre, real=False)
    return max(float(metric.compute()), 0.0)  # rounding makes equal sets slightly negative


class Given(nn.Module):
    """Stands where torchmetrics wants a network: its input is features already.

    Args:
        num_features: their length.
    """

    def __init__(self, num_features: int) -> None:
        """Keep the length, by torchmetrics' name for it."""
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """Return them."""
        return features
