"""The slopes a gradient penalty looks at: where (`sampling`) times what (`gradients`)."""

from __future__ import annotations

from torch import Tensor

from lipschitz.batch import Batch
from lipschitz.critic import Critic
from lipschitz.gradients import gradient_norms
from lipschitz.sampling import Points, penalty_points


def slopes_at(
    critic: Critic,
    batch: Batch,
    points: Points = "between",
    *,
    norm: float = 2,
    allow_batch_coupling: bool = False,
) -> Tensor:
    """Return the critic's gradient norm at one point per sample of a batch, shape (B,).

    Args:
        critic: called with the points and the batch's conditions.
        batch: the samples and the randomness.
        points: where to look: ``"between"`` real and fake, at ``"real"``, at ``"fake"``, or ``"around_real"``.
        norm: norm of the input space, 2, 1 or inf.
        allow_batch_coupling: take the gradient of the summed scores, which critics with batch normalization have,
            although it is no slope of a function of one sample.

    Raises:
        LipschitzError: as `lipschitz.gradient_norms` and `lipschitz.sampling.penalty_points`.

    Example:
        >>> import torch
        >>> slopes_at(lambda x: 3 * x[:, 0], Batch(real=torch.zeros(2, 4), fake=torch.ones(2, 4)))
        tensor([3., 3.])
    """
    where = penalty_points(batch, points)
    engine = "batched" if allow_batch_coupling else "auto"
    return gradient_norms(critic, where, *batch.condition, norm=norm, engine=engine)
