"""Sliced Wasserstein-1 distance of generated to real data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.transport import as_vectors


@dataclass(frozen=True, kw_only=True)
class SlicedW1(Metric):
    """Mean Wasserstein-1 distance between projections on random directions, in the data's units.

    Cheap in high dimension and never larger than the exact distance. Directions are drawn uniformly on the
    sphere with the evaluation's generator.

    Source: Bonneel et al. 2015, "Sliced and Radon Wasserstein barycenters of measures".

    Keys: ``sliced_w1``, and ``sliced_w1_floor``, real against other real samples on the same directions.

    Attributes:
        projections: number of directions.
    """

    name = "sliced_w1"
    better = "lower"
    projections: Annotated[int, Ge(1)] = 500

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the distance and its floor."""
        values = evaluation.real[0].numel()
        directions = random_directions(values, self.projections, evaluation.generator)
        real = evaluation.real
        return {
            "sliced_w1": sliced_w1(real, evaluation.fake, directions)
            if evaluation.fake_is_finite
            else math.nan,
            "sliced_w1_floor": sliced_w1(real, evaluation.second_real, directions),
        }


def random_directions(dimension: int, count: int, generator: torch.Generator) -> Tensor:
    """Draw unit vectors uniformly on the sphere; shape (dimension, count), float64, one per column."""
    normal = torch.randn(dimension, count, generator=generator, dtype=torch.float64)
    return normal / torch.linalg.vector_norm(normal, dim=0)


def sliced_w1(a: Tensor, b: Tensor, directions: Tensor) -> float:
    """Return the mean over directions of the Wasserstein-1 distance between the projected samples.

    Args:
        a: shape (n, ...); all axes but the first are flattened.
        b: shape (m, ...), the same number of values per sample.
        directions: unit vectors, shape (values per sample, count), float64.

    Raises:
        DataError: a sample is empty, holds NaN or infinity, or the shapes do not fit.
        MissingExtraError: POT is not installed.

    Example:
        >>> sliced_w1(torch.zeros(4, 2), torch.ones(4, 2), torch.eye(2, dtype=torch.float64))
        1.0
    """
    ot = import_extra("ot", package="POT", needed_for="the sliced Wasserstein distance")
    x, y = as_vectors(a, "the first sample"), as_vectors(b, "the second sample")
    if not x.shape[1] == y.shape[1] == directions.shape[0]:
        raise DataError(
            f"samples and directions must have the same number of values, got {x.shape[1]}, {y.shape[1]} and "
            f"{directions.shape[0]}."
        )
    return float(ot.sliced_wasserstein_distance(x, y, projections=directions, p=1))
