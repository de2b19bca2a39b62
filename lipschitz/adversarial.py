"""Virtual adversarial directions: from a point, where does the score change most?"""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.critic import Critic
from lipschitz.gradients import Engine, input_gradients
from lipschitz.outputs import outputs_at
from lipschitz.trees import Tree


def unit(directions: Tree, fallback: Tree = None) -> Tree:
    """Return vectors of Euclidean length 1, one a sample; zeros (or the fallback) where there is no direction.

    Args:
        directions: shape (B, ...), or a pytree of such.
        fallback: same structure and shapes.

    Example:
        >>> unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    # In two steps: squares of small numbers underflow.
    largest = trees.sample_norms(directions, torch.inf)
    scaled = trees.map_leaves(_Scale(torch.where(largest > 0, 1 / largest, 0.0)), directions)
    found = trees.map_leaves(_Scale(1 / trees.sample_norms(scaled).clamp(min=1.0)), scaled)
    if fallback is None:
        return found

    def choose(new: Tensor, old: Tensor) -> Tensor:
        return torch.where(_column(largest > 0, new), new, old)

    return trees.map_leaves(choose, found, fallback)


def gaussian_directions(batch: Batch) -> Tree:
    """Return Gaussian draws shaped like the samples of a batch: directions without preference, of any length.

    Example:
        >>> gaussian_directions(Batch(real=torch.zeros(2, 3))).shape
        torch.Size([2, 3])
    """

    def draw(leaf: Tensor) -> Tensor:
        return batch.normal(*leaf.shape[1:]).to(leaf.dtype)

    return trees.map_leaves(draw, batch.real)


def moved(points: Tree, directions: Tree, distance: float | Tensor) -> Tree:
    """Return points moved along directions.

    Args:
        points: shape (B, ...), or a pytree of such.
        directions: same structure and shapes.
        distance: factor of the directions, one for all or one a sample, shape (B,).

    Example:
        >>> moved(torch.zeros(2, 1), torch.ones(2, 1), torch.tensor([1.0, 3.0]))
        tensor([[1.],
                [3.]])
    """

    def move(point: Tensor, direction: Tensor) -> Tensor:
        factor = _column(distance, point) if isinstance(distance, Tensor) else distance
        return (point + factor * direction).to(point.dtype)

    return trees.map_leaves(move, points, directions)


def adversarial_directions(
    critic: Critic,
    points: Tree,
    start: Tree,
    *condition: Tensor,
    distance: float,
    iterations: int = 1,
    engine: Engine = "auto",
) -> Tree:
    """Return directions in which the score changes much from each point, of Euclidean length 1, detached.

    Each iteration looks at the point moved by `distance` along the direction so far, and turns to the gradient of
    ``|D(moved) - D(point)|`` there: power iteration for smooth distances, one gradient step for this one.
    Source: Miyato et al. 2017, arXiv 1704.03976, section 3.3; Terjek 2020, arXiv 1907.05681, section 3.

    Args:
        critic: maps ``(points, *condition)`` to one score a sample.
        points: shape (B, ...), or a pytree of such.
        start: directions to begin with, shaped like `points`, of any length.
        *condition: per-sample entries passed to the critic.
        distance: how far to look, in units of the data (xi in the papers).
        iterations: how often; with 0 the start is normalised and returned.
        engine: as for `lipschitz.input_gradients`.

    Example:
        >>> adversarial_directions(lambda x: -2 * x[:, 0], torch.zeros(1, 2), torch.ones(1, 2), distance=1.0)
        tensor([[1., -0.]])
    """
    directions = unit(start)
    for _ in range(iterations):
        ahead = moved(points, directions, distance)
        with torch.no_grad():
            slopes = input_gradients(critic, ahead, *condition, engine=engine)
        # With a graph that is thrown away: a weight first computed without one would stay in the cache of
        # parametrizations that training puts around a step.
        scores = [outputs_at(critic, x, *condition).scores.detach() for x in (ahead, points)]
        signs = torch.sign(scores[0] - scores[1])
        uphill = trees.map_leaves(_Scale(torch.where(signs == 0, 1.0, signs)), slopes)
        directions = unit(uphill, fallback=directions)
    return directions


class _Scale:
    """Multiplies every sample by a number of its own."""

    def __init__(self, factors: Tensor) -> None:
        self.factors = factors

    def __call__(self, leaf: Tensor) -> Tensor:
        return (leaf * _column(self.factors, leaf)).to(leaf.dtype)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.ndim - 1))
