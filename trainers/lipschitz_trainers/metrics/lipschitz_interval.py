"""Between which bounds the critic's Lipschitz constant lies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, TypeVar

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz import LipschitzError, Slope, interpolate, product_bound, steepest_slope
from lipschitz.critic import Critic
from lipschitz_trainers.metrics import probing
from lipschitz_trainers.metrics.base import Evaluation, Metric

logger = logging.getLogger("lipschitz")

T = TypeVar("T")


@dataclass(frozen=True)
class Interval:
    """What is known about a Lipschitz constant.

    Attributes:
        lower: the steepest slope found, with its witness; `None` where there is none to be had.
        upper: a certified bound, `None` where there is none.
        reasons: why a bound is missing, by ``"lower"`` or ``"upper"``.
    """

    lower: Slope | None
    upper: float | None
    reasons: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class LipschitzInterval(Metric):
    """A lower bound with a witness and a certified upper bound of the critic's Lipschitz constant.

    Of the critic over the whole space, not over the data alone, both spaces with the Euclidean norm: the steepest
    slope found (`lipschitz.steepest_slope`) and `lipschitz.product_bound`, which can be far too large.

    Keys: ``lipschitz_lower``, ``lipschitz_upper`` and ``lipschitz_interval``, the upper over the lower one: 1 where
    the constant is known exactly. A bound that cannot be given, such as the upper one of a critic with a layer whose
    constant nobody knows, has no key, and the reason is logged once.

    Attributes:
        points: how many of the steepest places among the samples and between them the search starts at.
        steps: of that search.
    """

    name = "lipschitz_interval"
    points: Annotated[int, Ge(1)] = 64
    steps: Annotated[int, Ge(0)] = 20

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the bounds there are."""
        found = interval_of(evaluation, points=self.points, steps=self.steps)
        values: dict[str, float] = {}
        if found.lower is not None:
            values["lipschitz_lower"] = found.lower.value
        if found.upper is not None:
            values["lipschitz_upper"] = found.upper
        if found.lower is not None and found.upper is not None and found.lower.value > 0:
            values["lipschitz_interval"] = found.upper / found.lower.value
        return values


def interval_of(evaluation: Evaluation, *, points: int, steps: int) -> Interval:
    """Return both bounds of an evaluation's critic, searched for once, and log why there is none."""

    def search() -> Interval:
        return interval(evaluation.critic, search_places(evaluation), points=points, steps=steps)

    about = (evaluation.critic, evaluation.real, evaluation.fake)
    found = evaluation.known.once(("lipschitz interval", points, steps), about, search)
    for side, reason in found.reasons.items():
        log_once(f"no {side} bound of the critic's Lipschitz constant: {reason}")
    return found


def search_places(evaluation: Evaluation) -> Tensor:
    """Return where to look for steep slopes: all real and generated samples, and a point between each two.

    Of a generator that diverged, none; shape (m, *shape).
    """
    real, fake = evaluation.real, evaluation.fake
    if not evaluation.fake_is_finite:
        return real
    # The same numbers for every metric that asks, whichever asks first.
    epsilon = torch.rand(len(real), generator=torch.Generator().manual_seed(evaluation.step))
    return torch.cat([real, fake, interpolate(real, fake, epsilon)])


def interval(
    critic: Critic,
    places: Tensor,
    *,
    norm: float = 2,
    points: int = 64,
    steps: int = 20,
    certify: Callable[..., float] = product_bound,
) -> Interval:
    """Return both bounds of a critic's Lipschitz constant, or why there is none.

    Args:
        critic: a module (samples are moved to its device) or any callable on CPU tensors.
        places: where to look first, shape (m, *shape).
        norm: norm of the input space, 2, 1 or inf.
        points: the search goes on from this many of the steepest of them.
        steps: of the search.
        certify: gives the upper bound: `lipschitz.product_bound`, or something tighter called alike.
    """
    reasons: dict[str, str] = {}

    def unless_refused(side: str, bound: Callable[[], T]) -> T | None:
        try:
            return bound()
        except LipschitzError as error:
            reasons[side] = str(error)
            return None

    def lower() -> Slope:
        starts = probing.slopes(critic, places, norm=norm).nan_to_num(-1.0).topk(min(points, len(places)))
        return steepest_slope(
            critic, probing.on_device_of(critic, places[starts.indices]), norm=norm, steps=steps
        )

    def upper() -> float:
        return certify(critic, probing.on_device_of(critic, places[:1]), norm=norm)

    return Interval(unless_refused("lower", lower), unless_refused("upper", upper), reasons)


@cache
def log_once(message: str) -> None:
    """Log a warning, unless it has been logged before."""
    logger.warning("%s", message)
