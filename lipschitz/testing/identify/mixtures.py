"""Points between real and fake samples: which epsilon belongs to which sample and coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.places import Look, look
from lipschitz.testing.identify.samples import apart

TOLERANCE = 1e-3
"""How far, in parts of the distance between real and fake, a point may be off its line."""

Kind = Literal["lines", "boxes"]
"""One epsilon a point, or one for every coordinate of it."""


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Points ``epsilon * real + (1 - epsilon) * fake``.

    Attributes:
        kind: whether an epsilon belongs to a point or to a coordinate of it.
        epsilons: for each call; shape (N,) on lines, (B, D) in boxes.
    """

    kind: Kind
    epsilons: tuple[Tensor, ...]

    def all(self) -> Tensor:
        """Return every epsilon seen, shape (M,)."""
        return torch.cat([epsilon.flatten() for epsilon in self.epsilons])

    def one_for_the_batch(self) -> bool:
        """Return whether the samples of a batch share their epsilon in every call."""
        many = [epsilon for epsilon in self.epsilons if len(epsilon) > 1]
        return bool(many) and all(_same(epsilon, epsilon[:1]) for epsilon in many)


def mixtures(penalty: Penalty, looks: list[Look]) -> Mixtures | None:
    """Return the epsilons of the points looked at, or `None` if they are no mixtures of real and fake."""
    on_lines = [_along_lines(one) for one in looks]
    if all(epsilon is not None for epsilon in on_lines):
        return Mixtures("lines", tuple(epsilon for epsilon in on_lines if epsilon is not None))
    if any(one.points.shape != one.real.shape for one in looks):
        return None
    in_boxes = tuple(_by_coordinate(one) for one in looks)
    if _belongs_to_the_draw(penalty, in_boxes[0]):
        return Mixtures("boxes", in_boxes)
    return None


def _along_lines(one: Look) -> Tensor | None:
    """Return where points lie on lines from a fake to a real sample, shape (N,), or `None` if they do not.

    Pairs in order are looked at first, all others afterwards: to shuffle one side is no mistake.
    """
    if one.points.shape == one.real.shape:
        epsilon, distance = _projected(one.points, one.real, one.fake)
        if bool((distance <= TOLERANCE).all()):
            return epsilon
    epsilon, distance = _projected(one.points[:, None, None], one.real[None, :, None], one.fake[None, None])
    nearest = distance.flatten(1).argmin(1, keepdim=True)
    if bool((distance.flatten(1).gather(1, nearest) > TOLERANCE).any()):
        return None
    return epsilon.flatten(1).gather(1, nearest)[:, 0]


def _projected(points: Tensor, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the epsilon of the nearest point of each line, and how far that is in parts of its length."""
    along = real - fake
    length = along.square().sum(-1)
    epsilon = ((points - fake) * along).sum(-1) / length
    off = points - fake - epsilon.unsqueeze(-1) * along
    return epsilon, (off.square().sum(-1) / length).sqrt()


def _by_coordinate(one: Look) -> Tensor:
    return (one.points - one.fake) / (one.real - one.fake)


def _belongs_to_the_draw(penalty: Penalty, epsilon: Tensor) -> bool:
    """Return whether other samples and the same seed give the same epsilons, as in a mixture they must.

    Where the randomness is not torch's, NumPy's or Python's global one, all that lies in the box counts.
    """
    seen = [one for seed in (0, 1) for one in look(penalty, apart(penalty.form, seed, seed))]
    if len(seen) < 2 or seen[1].points.shape != seen[1].real.shape:
        return False
    again, other = seen
    if again.points.shape == epsilon.shape and _same(_by_coordinate(again), epsilon):
        return _same(_by_coordinate(other), epsilon)
    return bool(((epsilon > -TOLERANCE) & (epsilon < 1 + TOLERANCE)).all())


def _same(a: Tensor, b: Tensor) -> bool:
    return bool(((a - b).abs() <= TOLERANCE).all())
