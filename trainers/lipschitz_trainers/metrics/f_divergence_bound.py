"""How close a critic comes to the optimal one of an f-GAN, where that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.truth.f_divergences import DIVERGENCES, DivergenceName
from lipschitz_trainers.truth.gaussian_line import gaussian_line
from lipschitz_trainers.truth.gaussians import ScaledGaussiansTruth, ShiftedGaussiansTruth


@dataclass(frozen=True, kw_only=True)
class FDivergenceBound(Metric):
    """The variational bound of an f-divergence that a critic reaches between two Gaussians on the line.

    All expectations are integrals over the known densities, not means over samples. The critic's scores v stand for
    T = g(v), as the objective ``f_divergence`` trains them; the optimal T is f'(p / q). Meaningless for scores of
    another objective, so it is measured where it is asked for.

    Keys: ``f_divergence_bound``, the bound E_P T - E_Q f*(T); ``f_divergence_true``, the divergence, which no bound
    exceeds; ``f_divergence_error``, the mean of |T - f'(p / q)| over both distributions alike, as a share of how much
    f'(p / q) itself deviates from its mean there (0 is perfect, 1 no better than a constant).

    Attributes:
        divergence: the one of the objective.

    References:
        Nowozin, Cseke, Tomioka: f-GAN, 2016, arXiv 1606.00709, section 2.2.
    """

    name = "f_divergence_bound"
    by_default = False
    divergence: DivergenceName = "jensen_shannon"

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are one of two known Gaussians on the line."""
        if source.side is None or source.shape != (1,):
            return False
        return isinstance(source.side.truth, ShiftedGaussiansTruth | ScaledGaussiansTruth)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return bound, divergence and error.

        Raises:
            DataError: real and generated samples are not drawn from the two sides of such a pair.
        """
        other = evaluation.fake_source.side if evaluation.fake_source is not None else None
        line = gaussian_line(evaluation.source.side, other)
        if line is None:
            raise DataError(
                "f_divergence_bound needs real and generated samples from the two sides of a pair of Gaussians on the "
                "line: choose a dataset shifted_gaussians or scaled_gaussians with dimension 1 and side p, and "
                "generator: {fixed: {name: second_dataset, dataset: ...}} with the same and side q; or leave the "
                "metric out."
            )
        divergence = DIVERGENCES[self.divergence]
        x, under_real, under_fake = line.nodes()
        both = (under_real + under_fake) / 2
        scores = probing.scores(evaluation.critic, x[:, None].float())
        best = divergence.derivative_at_log(line.log_ratio(x))
        # Where both densities underflow, f' of the ratio may overflow; nothing there counts.
        counted = both > 0
        spread = ((best - (best * both)[counted].sum()).abs() * both)[counted].sum()
        error = ((divergence.activation(scores) - best).abs() * both)[counted].sum()
        return {
            self.name: line.bound(divergence, scores),
            "f_divergence_true": line.divergence(divergence),
            "f_divergence_error": float(error / spread) if spread > 0 else math.nan,
        }
