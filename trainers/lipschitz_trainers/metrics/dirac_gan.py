"""Where a generator of one point and a linear critic stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class DiracGAN(Metric):
    """The two parameters of the Dirac-GAN, whose one equilibrium is at 0, 0 if the data is the point 0.

    Keys: ``dirac_theta``, the mean of the generated samples; ``dirac_psi``, the slope of the critic of Mescheder et al.
    (2018, arXiv 1801.04406, definition 2.1), which is high for generated samples: minus that of ours;
    ``dirac_gan``, the distance of both from the equilibrium, the square root of the sum of their squares.
    """

    name = "dirac_gan"
    better = "lower"
    by_default = False
    kinds = ("points",)

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are numbers."""
        return super().applies_to(source) and source.shape == (1,)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the parameters and the distance."""
        theta = float(evaluation.fake.double().mean())
        at = probing.scores(evaluation.critic, torch.tensor([[0.0], [1.0]]))
        psi = float(at[0] - at[1])
        return {self.name: math.hypot(theta, psi), "dirac_theta": theta, "dirac_psi": psi}
