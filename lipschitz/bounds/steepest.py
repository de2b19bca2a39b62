"""A lower bound on a critic's Lipschitz constant, with the point that proves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.bounds.steepest_ascent import Search
from lipschitz.critic import Critic
from lipschitz.errors import CriticError, FieldError
from lipschitz.gradients import DUAL_ORDER, input_gradients
from lipschitz.trees import Tree
from lipschitz.undisturbed import undisturbed


@dataclass(frozen=True, eq=False)
class Slope:
    """A slope and where it is found; unpacks as ``value, point = slope``.

    Attributes:
        value: ``gradient_norms(critic, point, *condition, norm=norm)``: no Lipschitz constant is smaller.
        point: the witness, a batch of one sample.
        condition: the entries passed to the critic after it, each a batch of one.
    """

    value: float
    point: Tree
    condition: tuple[Tensor, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        """Yield the value and the point."""
        return iter((self.value, self.point))


def steepest_slope(
    critic: Critic, points: Tree, *condition: Tensor, norm: float = 2, steps: int = 0
) -> Slope:
    """Search for the steepest slope of a critic, starting at given points.

    Without steps: the largest gradient norm at the points. With steps: every point becomes the middle of a pair
    that climbs the quotient ``|f(a) - f(b)| / |a - b|`` (see `lipschitz.bounds.steepest_ascent`); of all gradients
    met at the ends of pairs, the largest counts. The pairs move in the whole space, so the witness may lie outside
    the range of the data; the constant of the critic on the data alone can be smaller.

    The answer is a lower bound up to rounding, nothing more: steeper places may exist. It is the same at every
    call. Points where the gradient is not finite are passed over.

    Args:
        critic: as for `lipschitz.gradient_norms`; left as it is, mode, buffers and ``.grad`` included. In
            training mode its dropout takes part, with the same masks in every evaluation.
        points: where to start, shape (B, ...), or a pytree of such. The more they are, and the wider they are
            spread, the better the search.
        *condition: per-sample entries passed to the critic after the points; they stay with their sample.
        norm: norm of the INPUT space, 2, 1 or inf; slopes are gradient norms in its dual.
        steps: of ascent; each costs two gradients per point.

    Returns:
        The slope and its witness.

    Raises:
        FieldError: the norm is none of the three, or the number of steps is negative.
        CriticError: no gradient is finite; otherwise as `lipschitz.input_gradients`.

    Example:
        >>> steepest_slope(lambda x: x.square().sum(1) / 2, torch.tensor([[0.0, 1.0], [3.0, 4.0]]))
        Slope(value=5.0, point=tensor([[3., 4.]]), condition=())
    """
    if norm not in DUAL_ORDER:
        raise FieldError(f"norm must be 2, 1 or inf (the norm of the input space), got {norm!r}.")
    if steps < 0:
        raise FieldError(f"steps must be at least 0, got {steps!r}.")
    size = trees.batch_size(points, "points")
    device = trees.leaves(points)[0].device

    def gradients(where: Tree, entries: tuple[Tensor, ...]) -> Tree:
        # Every evaluation sees the same function: the same dropout masks, and buffers as they were.
        with undisturbed(critic, device):
            return trees.map_leaves(torch.Tensor.detach, input_gradients(critic, where, *entries))

    with torch.no_grad():
        search = Search(gradients, trees.map_leaves(torch.Tensor.detach, points), condition, norm)
        search.climb(steps)
        point, entries = search.steepest()
        if point is None:
            raise CriticError(
                f"the critic's gradient is not finite at any of the {size} points, so there is no slope to report. "
                f"Look for NaN or infinity in its parameters and in the points."
            )
        # Measured again alone: the witness must prove the value without the batch it was found in.
        value = float(trees.sample_norms(gradients(point, entries), DUAL_ORDER[norm])[0])
    return Slope(value, point, entries)
