"""How steep the critic is: at real samples, at generated ones, and between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz import CoupledSamplesError, interpolate
from lipschitz.critic import Critic
from lipschitz.gradients import Engine
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class Slopes(Metric):
    """Mean, standard deviation and maximum of the norm of the critic's gradient with respect to its input.

    Measured at real samples, at generated ones, and on the line: one point drawn uniformly on the segment
    between each pair of a real and a generated sample. An optimal 1-Lipschitz critic has norm 1 almost
    everywhere at real and generated samples and on the lines between optimally coupled ones (Gulrajani et al.
    2017, arXiv 1704.00028, proposition 1 and corollary 1). The maximum is a lower bound on the critic's
    Lipschitz constant, no certificate.

    Keys: ``slope_{real,fake,line}_{mean,std,max}``, and ``slopes``, the mean on the line. NaN at samples that
    are not finite, and for critics whose scores mix the samples of a batch, which have no slope at a sample.

    Attributes:
        engine: how the gradients are computed, as for `lipschitz.gradient_norms`.
    """

    name = "slopes"
    engine: Engine = "auto"

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the statistics."""
        real, fake = evaluation.real, evaluation.fake
        epsilon = torch.rand(len(real), generator=evaluation.generator)
        places = {"real": real, "fake": fake, "line": interpolate(real, fake, epsilon)}
        values: dict[str, float] = {}
        for place, points in places.items():
            norms = _slopes(evaluation.critic, points, self.engine)
            values[f"slope_{place}_mean"] = float(norms.mean())
            values[f"slope_{place}_std"] = float(norms.std(correction=0))
            values[f"slope_{place}_max"] = float(norms.max())
        return {"slopes": values["slope_line_mean"], **values}


def _slopes(critic: Critic, points: Tensor, engine: Engine) -> Tensor:
    undefined = torch.full((1,), math.nan)
    if not torch.isfinite(points).all():
        return undefined
    try:
        return probing.slopes(critic, points, engine)
    except CoupledSamplesError:
        return undefined
