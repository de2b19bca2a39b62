"""The slopes a gradient penalty looks at: where (`sampling`) times what (`gradients`)."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.critic import Critic
from lipschitz.gradients import Engine, gradient_norms
from lipschitz.sampling import Points, penalty_points
from lipschitz.trees import Tree


def slopes_at(
    critic: Critic,
    batch: Batch,
    points: Points = "between",
    *,
    norm: float = 2,
    allow_batch_coupling: bool = False,
    memory_budget: float | None = None,
    only_above: float | None = None,
) -> Tensor:
    """Return the critic's gradient norm at one point per sample of a batch, shape (B,).

    Args:
        critic: called with the points and the batch's conditions.
        batch: the samples and the randomness.
        points: where to look: ``"between"`` real and fake, at ``"real"``, at ``"fake"``, or ``"around_real"``.
        norm: norm of the input space, 2, 1 or inf.
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
    where = penalty_points(batch, points)
    engine: Engine = "batched" if allow_batch_coupling else "auto"

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
