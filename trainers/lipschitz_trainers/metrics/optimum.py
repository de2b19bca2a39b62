"""The optimal critic of a known pair, at fresh points of both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from lipschitz import CoupledSamplesError
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.truth import ClosedForm, Distance, Truth

SEED = 1
"""Of the points: one set for every run on a pair, so that runs are compared on the same points."""


class Gradients(NamedTuple):
    """Gradients at the points of both sides, shape (n, dimension), float64."""

    real: Tensor
    fake: Tensor


@dataclass(frozen=True, eq=False)
class Optimum:
    """What is known about the best critic between the data and the generated samples.

    Attributes:
        truth: the pair.
        real: points of the data's side, float32 as in training, shape (n, dimension).
        fake: the points of the other side they are coupled with, same shape.
        lengths: distances between both, shape (n,), float64.
        gradient: of the optimal critic, at both ends of a ray, shape (n, dimension), float64, of norm 1.
        turned: 1 if the data are P and the critic is minus the potential; -1 if they are Q.
    """

    truth: Truth
    real: Tensor
    fake: Tensor
    lengths: Tensor
    gradient: Tensor
    turned: int

    def distance(self) -> Distance:
        """Return the Wasserstein-1 distance between both sides."""
        return self.truth.w1()

    def radial(self) -> Gradients:
        """Return the gradients of the trivial critic -|x| (where the data are Q: |x|), which knows nothing."""
        return Gradients(*(-self.turned * normalize(side.double(), dim=1) for side in (self.real, self.fake)))

    def linear(self) -> Gradients:
        """Return the gradients of the best linear critic of slope 1."""
        best = normalize(self.gradient.mean(dim=0), dim=0).expand_as(self.gradient)
        return Gradients(best, best)

    def exact(self) -> Gradients | None:
        """Return the gradients of the optimal critic itself at the points as they are: rounded to float32.

        Where rays are shorter than the rounding, even they are not those of the rays. `None` without a closed form.
        """
        if not isinstance(self.truth, ClosedForm):
            return None
        of = self.truth.gradient
        return Gradients(*(-self.turned * of(side.double()) for side in (self.real, self.fake)))


def optimum(evaluation: Evaluation, points: int) -> Optimum | None:
    """Return the optimal critic at `points` pairs of points no training saw.

    `None` unless the data are one side of a known pair, and the generated samples are drawn from the other one.
    """
    here = evaluation.source.side
    there = None if evaluation.fake_source is None else evaluation.fake_source.side
    if here is None or there is None or not here.is_opposite(there):
        return None
    side = here

    def draw() -> Optimum:
        pairs = side.truth.pairs(points, torch.Generator().manual_seed(SEED))
        turned = 1 if side.name == "p" else -1
        real, fake = (pairs.x, pairs.y)[::turned]
        return Optimum(
            side.truth, real.float(), fake.float(), pairs.lengths, -turned * pairs.gradient, turned
        )

    return evaluation.known.once(("optimum", points), (evaluation.source,), draw)


def critic_gradients(evaluation: Evaluation, at: Optimum) -> Gradients:
    """Return the critic's gradients at the points, computed once; NaN for critics that couple samples."""

    def compute() -> Gradients:
        try:
            return Gradients(*(probing.gradients(evaluation.critic, side) for side in (at.real, at.fake)))
        except CoupledSamplesError:
            undefined = torch.full_like(at.gradient, math.nan)
            return Gradients(undefined, undefined)

    return evaluation.known.once("critic gradients", (evaluation.critic, at), compute)


def mean_cosine(found: Tensor, wanted: Tensor) -> float:
    """Return the mean cosine of the angle between rows; of a zero row it is 0."""
    return float(cosine_similarity(found, wanted, dim=1, eps=1e-300).mean())


def mean_square(found: Tensor, wanted: Tensor) -> float:
    """Return the mean squared distance between rows."""
    return float((found - wanted).square().sum(dim=1).mean())
