"""Whether the critic's value surface has its maxima where a Gaussian mixture has its modes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Gt, Lt
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.probing import scores

DIRECTIONS = 16
"""In which a mode is compared with its surroundings."""


@dataclass(frozen=True, kw_only=True)
class ModeScores(Metric):
    """How many modes are maxima of the critic, and how they score beside the centre of the data.

    A mode counts as a maximum if it scores above every one of 16 points around it. A critic kept too flat to see
    higher moments has one maximum near the mean of all modes instead (Gulrajani et al. 2017, arXiv 1704.00028, figure
    1a). Maxima anywhere else are not looked for, so that no modes and a high centre do not tell that there is a single
    one: the surface that a run leaves does.

    Keys: ``mode_scores``, the number of modes that are maxima; ``mode_over_centre``, the mean score at the modes minus
    that at their mean, in units of the critic's scores; ``mode_count``.

    Attributes:
        reach: distance of the points around a mode, as a share of the distance to the nearest other mode.
    """

    name = "mode_scores"
    kinds = ("points",)
    reach: Annotated[float, Gt(0), Lt(1)] = 0.25

    def applies_to(self, source: Source) -> bool:
        """Return whether the data has known modes in the plane."""
        return super().applies_to(source) and source.modes is not None and source.shape == (2,)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the counts and the difference.

        Raises:
            DataError: the data has no known modes in the plane.
        """
        modes = evaluation.source.modes
        if modes is None or evaluation.source.shape != (2,):
            raise DataError(
                "mode_scores needs data in the plane with known modes (a Gaussian mixture); leave the metric out."
            )
        centres = modes.centres.float()
        values = scores(evaluation.critic, centres)
        around = scores(evaluation.critic, surroundings(centres, self.reach).flatten(0, 1))
        is_maximum = (values[:, None] > around.reshape(len(centres), -1)).all(dim=1)
        middle = scores(evaluation.critic, centres.mean(dim=0, keepdim=True))
        return {
            "mode_scores": float(is_maximum.sum()),
            "mode_over_centre": float(values.mean() - middle[0]),
            "mode_count": float(len(centres)),
        }


def surroundings(centres: Tensor, reach: float) -> Tensor:
    """Return points on circles around centres, shape (modes, 16, 2).

    Args:
        centres: shape (modes, 2), at least two.
        reach: radius, as a share of the distance to the nearest other centre.

    Example:
        >>> surroundings(torch.tensor([[0.0, 0.0], [2.0, 0.0]]), 0.5)[0, :1]
        tensor([[1., 0.]])
    """
    distances = torch.cdist(centres, centres).fill_diagonal_(math.inf).min(dim=1).values
    angles = torch.arange(DIRECTIONS) * (2 * math.pi / DIRECTIONS)
    circle = torch.stack([angles.cos(), angles.sin()], dim=1)
    return centres[:, None] + reach * distances[:, None, None] * circle
