"""How many components of a Gaussian mixture the generator reaches, and how well."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Gt
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Modes, Source
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class ModeCoverage(Metric):
    """Number of mixture components with at least one high-quality generated sample.

    A sample is of high quality if it lies within 3 standard deviations of its nearest mode's centre; a mode
    is covered if it is the nearest one of at least one high-quality sample. These are the field's
    definitions: Srivastava et al. 2017 (VEEGAN), arXiv 1705.07761; Lin et al. 2018 (PacGAN), arXiv
    1712.04086. In the plane, 98.9 % of true samples are of high quality.

    Keys: ``mode_coverage``, ``mode_coverage_floor`` (what as many real samples cover), ``mode_count`` (how
    many modes there are) and ``high_quality_share``, in [0, 1].

    Attributes:
        radius_in_std: how far from its centre a high-quality sample may lie, in standard deviations per axis.
    """

    name = "mode_coverage"
    better = "higher"
    kinds = ("points",)
    radius_in_std: Annotated[float, Gt(0)] = 3.0

    def applies_to(self, source: Source) -> bool:
        """Return whether the data has known modes."""
        return super().applies_to(source) and source.modes is not None

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return coverage and quality.

        Raises:
            DataError: the data has no known modes.
        """
        modes = evaluation.source.modes
        if modes is None:
            raise DataError(
                "mode_coverage needs data with known modes (a Gaussian mixture); leave the metric out."
            )
        floor, _ = covered_modes(evaluation.real, modes, self.radius_in_std)
        covered, share = math.nan, math.nan
        if evaluation.fake_is_finite:
            covered, share = covered_modes(evaluation.fake, modes, self.radius_in_std)
        return {
            "mode_coverage": covered,
            "mode_coverage_floor": floor,
            "mode_count": float(len(modes.centres)),
            "high_quality_share": share,
        }


def covered_modes(samples: Tensor, modes: Modes, radius_in_std: float = 3.0) -> tuple[float, float]:
    """Return the number of covered modes and the share of high-quality samples.

    Args:
        samples: shape (n, dimension), finite.
        modes: the components.
        radius_in_std: as in `ModeCoverage`.

    Example:
        >>> modes = Modes(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), std=0.1)
        >>> covered_modes(torch.tensor([[0.2, 0.0], [0.0, 0.0], [0.5, 0.0], [9.0, 0.0]]), modes)
        (1.0, 0.5)
    """
    rows = samples.flatten(1).double()
    distances = torch.cdist(rows, modes.centres.double(), compute_mode="donot_use_mm_for_euclid_dist")
    nearest, mode = distances.min(dim=1)
    good = nearest <= radius_in_std * modes.std
    return float(mode[good].unique().numel()), float(good.double().mean())
