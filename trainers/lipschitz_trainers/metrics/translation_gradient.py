"""Which way, and how strongly, the critic's estimate pulls all generated samples together."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from lipschitz import CoupledSamplesError
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class TranslationGradient(Metric):
    """The derivative of the critic's estimate of the distance by moving all generated samples along an axis.

    For the optimal 1-Lipschitz critic f it is that of the Wasserstein-1 distance, -E grad f(fake) (Arjovsky et al.
    2017, arXiv 1701.07875, theorem 3, for a generator whose parameter is a shift).

    Keys: ``translation_gradient_1``, ... by axis, in scores by the data's unit; ``translation_gradient``, the length of
    that vector. NaN for critics whose scores mix the samples of a batch.
    """

    name = "translation_gradient"
    by_default = False
    kinds = ("points",)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the derivatives and their length."""
        try:
            gradient = -probing.gradients(evaluation.critic, evaluation.fake).mean(dim=0)
        except CoupledSamplesError:
            gradient = evaluation.fake[0].double() * math.nan
        return {self.name: float(gradient.norm()), **by_axis(self.name, gradient)}


def by_axis(name: str, gradient: Tensor) -> dict[str, float]:
    """Return the entries of a vector, each under a name and its number from 1.

    Example:
        >>> import torch
        >>> by_axis("pull", torch.tensor([0.5, 2.0]))
        {'pull_1': 0.5, 'pull_2': 2.0}
    """
    return {f"{name}_{axis}": float(entry) for axis, entry in enumerate(gradient.flatten(), start=1)}
