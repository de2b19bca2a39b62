"""The places by name: where in the space of samples a penalty looks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Literal, TypeAlias

import torch

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import FieldError
from lipschitz.sampling.coupling import coupled
from lipschitz.sampling.interpolation import between, either
from lipschitz.sampling.surroundings import around_real, noise
from lipschitz.trees import Tree

Points: TypeAlias = Literal["between", "real", "fake", "around_real"]
"""Names of the places that published gradient penalties look at."""

BatchPlace: TypeAlias = Literal[Points, "both", "noise", "coupled"]
"""Names of all places that follow from the batch alone: those that `penalty_points` knows."""


def real(batch: Batch) -> Tree:
    """Return the real samples."""
    return trees.map_leaves(torch.Tensor.detach, batch.real)


def fake(batch: Batch) -> Tree:
    """Return the fake samples."""
    return batch.require_fake("a penalty at the fake samples")


PLACES: dict[str, Callable[..., Tree]] = {
    "between": between,
    "real": real,
    "fake": fake,
    "both": either,
    "around_real": around_real,
    "noise": noise,
    "coupled": coupled,
}
"""Where a penalty may look, by name: functions from the batch (and a radius, where they have one) to points."""

WHOLE_BATCH = frozenset({"around_real", "coupled"})
"""Places that depend on the batch as a whole: a penalty there is no sum over samples."""

WITH_RADIUS = frozenset(
    name for name, place in PLACES.items() if "radius" in inspect.signature(place).parameters
)
"""Places at a distance from the samples, which can be chosen."""


def penalty_points(batch: Batch, points: BatchPlace, radius: float | None = None) -> Tree:
    """Return the points of a batch where a penalty looks, one a sample, detached, shaped like ``batch.real``.

    Args:
        batch: the samples and the randomness.
        points: ``"between"`` real and fake, at ``"real"``, at ``"fake"``, at ``"both"`` (one of the two, by the toss
            of a coin), ``"around_real"`` (at a distance that follows the standard deviation of the batch), ``"noise"``
            (Gaussian, around real samples), or ``"coupled"``: between pairs that are optimal within the batch.
        radius: of ``"around_real"``, in standard deviations of the batch, and ``"noise"``, in units of the data.

    Raises:
        BatchError: the place needs generated samples and there are none.
        FieldError: the place is unknown, or has no radius to choose.

    Example:
        >>> batch = Batch(real=torch.ones(2, 1), fake=torch.zeros(2, 1))
        >>> penalty_points(batch, "real")
        tensor([[1.],
                [1.]])
    """
    if points not in PLACES:
        raise FieldError(f"points must be one of {', '.join(PLACES)}, got {points!r}.")
    options = {} if radius is None else {"radius": radius}
    if options and points not in WITH_RADIUS:
        raise FieldError(
            f"points={points!r} has no radius to choose, got radius={radius!r}; drop it, or look at one of "
            f"{', '.join(sorted(WITH_RADIUS))}."
        )
    with torch.no_grad():
        return PLACES[points](batch, **options)
