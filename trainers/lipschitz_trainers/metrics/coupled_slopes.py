"""The critic's gradient along the segments of an optimal transport plan, and along random ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor
from torch.nn.functional import cosine_similarity

from lipschitz import CoupledSamplesError, DataError, interpolate
from lipschitz.critic import Critic
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.optimum import optimum
from lipschitz_trainers.metrics.transport import as_vectors, distances, scale_of, solved


@dataclass(frozen=True, kw_only=True)
class CoupledSlopes(Metric):
    """Norm and direction of the critic's gradient at one point of each segment between paired samples.

    On the segments of an optimal coupling the gradient of the optimal critic is the unit vector from the generated to
    the real sample, almost surely (Gulrajani et al. 2017, arXiv 1704.00028, proposition 1); on other segments nothing
    is claimed. Where a segment is no longer than samples are apart, its direction depends on which samples were drawn.

    Keys, for pairs ``coupled`` by the exact plan between the samples at hand, for ``random`` ones, and for pairs of the
    ``known`` plan where the data are one side of a pair: ``{pairs}_slope_mean`` and ``{pairs}_slope_std`` of the norms,
    ``{pairs}_cosine``, the mean cosine between gradient and segment, and ``{pairs}_increment``, the mean of what the
    score gains along a segment over its length. ``coupled_slopes`` is the first of them. NaN for critics whose scores
    mix the samples of a batch, and for samples that are not finite.

    Attributes:
        points: how many pairs of the known plan.
    """

    name = "coupled_slopes"
    by_default = False
    kinds = ("points",)
    points: Annotated[int, Ge(1)] = 1024

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the statistics."""
        real, fake = evaluation.real, evaluation.fake
        pairs = {"random": (real, fake), "coupled": (real, fake)}
        if evaluation.fake_is_finite:
            pairs["coupled"] = (real, fake[plan(real, fake)])
        if (best := optimum(evaluation, self.points)) is not None:
            pairs["known"] = (best.real, best.fake)
        values: dict[str, float] = {}
        for name, (there, here) in pairs.items():
            epsilon = torch.rand(len(there), generator=evaluation.generator)
            values |= {
                f"{name}_{key}": value
                for key, value in along(evaluation.critic, there, here, epsilon).items()
            }
        return {self.name: values["coupled_slope_mean"], **values}


def plan(a: Tensor, b: Tensor) -> Tensor:
    """Return the indices of b by which ``b[indices]`` is optimally coupled with a, shape (n,).

    The exact solution of the linear program, for Euclidean distances; ties are broken somehow.

    Args:
        a: shape (n, ...).
        b: as many samples of the same shape.

    Raises:
        DataError: a sample is empty or not finite, or the shapes differ.
        MissingExtraError: POT is not installed.
        LipschitzError: the solver stopped before the optimum.

    Example:
        >>> plan(torch.tensor([[0.0], [5.0]]), torch.tensor([[6.0], [1.0]]))
        tensor([1, 0])
    """
    x, y = as_vectors(a, "the first sample"), as_vectors(b, "the second sample")
    if x.shape != y.shape:
        raise DataError(
            f"a coupling by indices needs samples of one size and shape, got {tuple(a.shape)} and {tuple(b.shape)}."
        )
    cost = distances(x, y)
    scale = scale_of(cost)
    return torch.as_tensor(solved("emd", cost / scale)).argmax(dim=1) if scale else torch.arange(len(x))


def along(critic: Critic, real: Tensor, fake: Tensor, epsilon: Tensor) -> dict[str, float]:
    """Return mean and spread of gradient norms, mean cosine and mean increment at points of the segments.

    Args:
        critic: the critic.
        real: ends of the segments, shape (n, *shape); those of length 0 have no direction and are left out.
        fake: their beginnings, same shape.
        epsilon: where on the segment to look, 1 at the real end; shape (n,).
    """
    lengths = (real - fake).flatten(1).double().norm(dim=1)
    kept = lengths != 0  # those that are not finite stay, and make everything NaN
    real, fake, lengths = real[kept], fake[kept], lengths[kept]
    keys: list[str] = ["slope_mean", "slope_std", "cosine", "increment"]
    undefined = dict.fromkeys(keys, math.nan)
    if len(real) == 0 or not lengths.isfinite().all():
        return undefined
    try:
        gradients = probing.gradients(critic, interpolate(real, fake, epsilon[kept])).flatten(1)
    except CoupledSamplesError:
        return undefined
    norms = gradients.norm(dim=1)
    gained = probing.scores(critic, real) - probing.scores(critic, fake)
    directions = (real - fake).flatten(1).double()
    return {
        "slope_mean": float(norms.mean()),
        "slope_std": float(norms.std(correction=0)),
        "cosine": float(cosine_similarity(gradients, directions, dim=1, eps=1e-300).mean()),
        "increment": float((gained / lengths).mean()),
    }
