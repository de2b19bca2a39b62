"""Four divergences between a segment in the plane and the same segment moved sideways, in closed form."""

from __future__ import annotations

import math
from typing import NamedTuple


class Divergences(NamedTuple):
    """How far two distributions are from each other.

    Attributes:
        w1: Wasserstein-1 distance, in the data's units.
        jensen_shannon: of both to their mixture with halves, in nats, from 0 to log 2.
        kullback_leibler: in nats; infinite where one distribution has points that the other lacks.
        total_variation: the largest difference of probability of an event, from 0 to 1.
    """

    w1: float
    jensen_shannon: float
    kullback_leibler: float
    total_variation: float


def parallel_lines(theta: float) -> Divergences:
    """Return the divergences between the laws of (0, Z) and (theta, Z), Z uniform on [0, 1].

    The Wasserstein-1 distance is |theta|: continuous, with gradient sign(theta). The others jump at 0 and are constant
    elsewhere: nothing tells a generator where to go. Kullback-Leibler is the same both ways.

    Source: Arjovsky, Chintala, Bottou, "Wasserstein GAN", 2017, arXiv 1701.07875, example 1.

    Example:
        >>> parallel_lines(0.0)
        Divergences(w1=0.0, jensen_shannon=0.0, kullback_leibler=0.0, total_variation=0.0)
        >>> parallel_lines(-0.5).w1
        0.5
    """
    if theta == 0:
        return Divergences(0.0, 0.0, 0.0, 0.0)
    return Divergences(abs(theta), math.log(2), math.inf, 1.0)
