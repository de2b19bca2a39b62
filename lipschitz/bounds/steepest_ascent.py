"""Pairs of points that climb their quotient: the search behind `lipschitz.steepest_slope`.

Where a critic is piecewise linear its gradient norm is piecewise constant, and following the gradient of that
leads nowhere. The quotient of a pair that spans many pieces is not: it is the mean slope along the segment, and

* its gradient with respect to the middle is the difference of the gradients at the ends (divided by the length),
* for a given middle and length, the direction that raises it is dual to the sum of the gradients at the ends,

so a step needs the gradients at the ends and nothing else, and those are themselves the slopes sought. Lengths of
pairs range over two orders of magnitude. After each of `ROUNDS` rounds the pairs move to the steepest points found
so far: in few dimensions, where the pieces are few and small, this is what finds them.

On random critics with three hidden layers of 64 rectifiers, 30 steps from 64 normal points were steeper than the
steepest of as many random points as gradients were computed (3,905) on 60 critics of 60 in 5 and 10 dimensions, by a
fifth and a third in the mean, on 55 of 60 in 3 dimensions, on 50 in 2, where random points already meet most of the
pieces and 8 more found the same maximum. On a line both mostly find it. The search looks at the ends of pairs only:
a steep strip much narrower than the pairs that cross it can be missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.bounds.steepest_directions import column, dual, pick, reach, unit
from lipschitz.gradients import DUAL_ORDER
from lipschitz.trees import Tree

Gradients: TypeAlias = Callable[[Tree, tuple[Tensor, ...]], Tree]
"""From points and conditions to the gradient of each point's score."""

ROUNDS = 5
"""Times the steps are divided into."""

SURVIVORS = 0.25
"""Share of the points around which the next round starts."""

SHORTEST = 0.01
"""Shortest pair as a share of the longest, which reaches as far as the points lie from their mean."""


WANDER = 0.8
"""Length of the noise added to a direction of length 1; below 1, so that the two never cancel."""


class Search:
    """A population of pairs; one lane each.

    Attributes:
        points: middles of the pairs, shape (B, ...), or a pytree of such.
        directions: from middle to end, of any length.
        best: for each lane the largest slope met, shape (B,); -1 where none was finite.
        best_points: where.
        condition: what the critic is given with the points of a lane.
    """

    def __init__(
        self, gradients: Gradients, points: Tree, condition: tuple[Tensor, ...], norm: float
    ) -> None:
        """Measure the slopes at the points.

        Args:
            gradients: of the critic.
            points: starting points.
            condition: their conditions.
            norm: of the input space, 2, 1 or inf.
        """
        self.gradients = gradients
        self.norm = norm
        self.condition = condition
        self.points = self.best_points = points
        self.directions = self.best_directions = gradients(points, condition)
        self.best: Tensor = self._slopes(self.directions)
        self.reach = reach(points)
        self.generator = torch.Generator().manual_seed(0)
        self.lengths = self._draw_lengths()

    def climb(self, steps: int) -> None:
        """Take a number of steps with every pair."""
        restarts = {round(steps * i / ROUNDS) for i in range(1, ROUNDS)} - {0}
        for step in range(steps):
            if step in restarts:
                self._restart()
            self._step()

    def steepest(self) -> tuple[Tree, tuple[Tensor, ...]]:
        """Return the steepest point met as a batch of one, with its conditions; `None` if no slope was finite."""
        i = int(self.best.argmax())
        if self.best[i] < 0:
            return None, ()
        index = torch.tensor([i], device=self.best.device)
        return pick(self.best_points, index), pick(self.condition, index)

    def _step(self) -> None:
        def turn(direction: Tensor, noise: Tensor) -> Tensor:
            return direction + WANDER * noise

        turned = trees.map_leaves(turn, unit(self.directions), self._noise())
        arm = self._scaled(dual(turned, self.norm))
        ends = [trees.map_leaves(combine, self.points, arm) for combine in (torch.add, torch.sub)]
        slopes = [self.gradients(end, self.condition) for end in ends]
        for end, slope in zip(ends, slopes, strict=True):
            self._remember(end, slope)
        uphill = trees.map_leaves(torch.sub, *slopes)
        self.points = trees.map_leaves(torch.add, self.points, self._scaled(uphill))
        self.directions = trees.map_leaves(torch.add, *slopes)

    def _remember(self, points: Tree, gradients: Tree) -> None:
        slopes = self._slopes(gradients)
        better = slopes > self.best
        self.best = torch.where(better, slopes, self.best)

        def choose(new: Tensor, old: Tensor) -> Tensor:
            return torch.where(column(better, new), new, old)

        self.best_points = trees.map_leaves(choose, points, self.best_points)
        self.best_directions = trees.map_leaves(choose, gradients, self.best_directions)

    def _restart(self) -> None:
        """Start all pairs around the steepest points so far; the first at them, the others nearby."""
        size = len(self.best)
        kept = max(1, round(SURVIVORS * size))
        parents = self.best.topk(kept).indices[torch.arange(size, device=self.best.device) % kept]
        self.best = self.best[parents]
        self.best_points = pick(self.best_points, parents)
        self.best_directions = pick(self.best_directions, parents)
        self.condition = pick(self.condition, parents)
        self.lengths = self._draw_lengths()
        copies = torch.arange(size, device=self.best.device) >= kept

        def nearby(point: Tensor, noise: Tensor) -> Tensor:
            return torch.where(column(copies, point), point + noise, point)

        self.points = trees.map_leaves(nearby, self.best_points, self._scaled(self._noise()))
        self.directions = self.best_directions

    def _slopes(self, gradients: Tree) -> Tensor:
        norms = trees.sample_norms(gradients, DUAL_ORDER[self.norm])
        return torch.where(norms.isfinite(), norms, -1.0)

    def _scaled(self, directions: Tree) -> Tree:
        """Return vectors of Euclidean length `lengths` in these directions."""

        def scale(leaf: Tensor) -> Tensor:
            return leaf * column(self.lengths, leaf)

        return trees.map_leaves(scale, unit(directions))

    def _draw_lengths(self) -> Tensor:
        # Log-uniform: nothing is known about the scale on which the critic bends.
        return self.reach * SHORTEST ** torch.rand(self.best.shape, generator=self.generator).to(
            self.best.device
        )

    def _noise(self) -> Tree:
        # Drawn on the CPU and in float32, so that devices and dtypes do not change the search.
        def draw(leaf: Tensor) -> Tensor:
            return torch.randn(leaf.shape, generator=self.generator).to(leaf)

        return unit(trees.map_leaves(draw, self.points))
