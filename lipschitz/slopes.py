"""The slopes a gradient penalty looks at: where (`sampling`) times what (`gradients`)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.adversarial import adversarial_directions, gaussian_directions, moved
from lipschitz.batch import Batch
from lipschitz.critic import Critic
from lipschitz.gradients import Engine, gradient_norms
from lipschitz.sampling import BatchPlace, between, penalty_points
from lipschitz.trees import Tree

Place: TypeAlias = Literal[BatchPlace, "adversarial"]
"""Names of all places where a penalty may look."""


def points_at(
    critic: Critic,
    batch: Batch,
    points: Place = "between",
    radius: float | None = None,
    *,
    allow_batch_coupling: bool = False,
) -> Tree:
    """Return one point per sample of a batch, detached, shaped like ``batch.real``.

    Args:
        critic: asked where its score changes most, for ``"adversarial"`` points only.
        batch: the samples and the randomness.
        points: a place of `lipschitz.sampling.penalty_points`, or ``"adversarial"``: points between real and fake
            samples, moved by `radius` in a virtual adversarial direction (`lipschitz.adversarial`), where slopes
            tend to be steeper.
        radius: as for `lipschitz.sampling.penalty_points`; of ``"adversarial"``, in units of the data, 1 by default.
        allow_batch_coupling: take the gradient of the summed scores.

    Raises:
        LipschitzError: as `lipschitz.gradient_norms` and `lipschitz.sampling.penalty_points`.

    Example:
        >>> batch = Batch(real=torch.zeros(2, 1), fake=torch.zeros(2, 1))
        >>> points_at(lambda x: 3 * x[:, 0], batch, "adversarial").abs()
        tensor([[1.],
                [1.]])
    """
    if points != "adversarial":
        return penalty_points(batch, points, radius)
    distance = 1.0 if radius is None else radius
    with torch.no_grad():
        starts = between(batch)
        draws = gaussian_directions(batch)
    directions = adversarial_directions(
        critic, starts, draws, *batch.condition, distance=distance, engine=_engine(allow_batch_coupling)
    )
    return moved(starts, directions, distance)


def slopes_at(
    critic: Critic,
    batch: Batch,
    points: Place = "between",
    *,
    radius: float | None = None,
    norm: float = 2,
    allow_batch_coupling: bool = False,
    memory_budget: float | None = None,
    only_above: float | None = None,
) -> Tensor:
    """Return the critic's gradient norm at one point per sample of a batch, shape (B,).

    Args:
        critic: called with the points and the batch's conditions.
        batch: the samples and the randomness.
        points: where to look, see `points_at`: ``"between"`` real and fake, at ``"real"``, ``"fake"`` or ``"both"``,
            ``"around_real"``, in ``"noise"``, between ``"coupled"`` samples, or at ``"adversarial"`` points.
        radius: how far from the samples, for places that have a radius.
        norm: norm of the input space, from 1 to inf.
        allow_batch_coupling: take the gradient of the summed scores, which critics with batch normalization have,
            although it is no slope of a function of one sample.
        memory_budget: MiB that the graph may take, see `lipschitz.gradient_norms`.
        only_above: slopes up to this value come without a graph. A penalty that is constant there has the same
            derivatives, for less work where few slopes are above; compiled code takes all of them.

    Raises:
        LipschitzError: as `lipschitz.gradient_norms` and `lipschitz.sampling.penalty_points`.

    Example:
        >>> import torch
        >>> slopes_at(lambda x: 3 * x[:, 0], Batch(real=torch.zeros(2, 4), fake=torch.ones(2, 4)))
        tensor([3., 3.])
    """
    where = points_at(critic, batch, points, radius, allow_batch_coupling=allow_batch_coupling)
    engine = _engine(allow_batch_coupling)

    def slopes(some: Tree, condition: tuple[Tensor, ...]) -> Tensor:
        return gradient_norms(critic, some, *condition, norm=norm, engine=engine, memory_budget=memory_budget)

    if only_above is None or not torch.is_grad_enabled() or torch.compiler.is_compiling():
        return slopes(where, batch.condition)
    with torch.no_grad():
        found = slopes(where, batch.condition)
    steep = (found > only_above).nonzero()[:, 0]
    if len(steep) == 0:
        steep = found.argmax()[None]  # so that the result has a graph, whatever the slopes are

    def pick(leaf: Tensor) -> Tensor:
        return leaf[steep]

    some, *condition = trees.map_leaves(pick, (where, *batch.condition))
    return found.index_put((steep,), slopes(some, tuple(condition)))


def _engine(allow_batch_coupling: bool) -> Engine:
    return "batched" if allow_batch_coupling else "auto"
