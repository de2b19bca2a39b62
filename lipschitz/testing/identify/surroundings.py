"""Points around real samples: moved how far, by noise of which form, whatever the fake samples are."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.places import Look, look
from lipschitz.testing.identify.samples import apart

FARTHEST = 3.0
"""Displacement, in standard deviations of the real samples, up to which a point counts as near."""


@dataclass(frozen=True)
class Surroundings:
    """How points around real samples are drawn.

    Attributes:
        distance: typical displacement, in standard deviations of the real samples.
        one_draw_for_the_batch: whether all samples of a batch move equally far, another distance each time.
        one_draw_per_element: whether the noise is drawn twice for every coordinate, as a product.
        tiny: share of displacements below a twentieth of the typical one of their sample.
    """

    distance: float
    one_draw_for_the_batch: bool
    one_draw_per_element: bool
    tiny: float


TINY = 0.055
"""Share of tiny displacements above which the noise must be a product of two draws per coordinate.

Uniform noise has 0.029 of them and normal noise 0.040; multiplied by a uniform epsilon of its own for every
coordinate they have 0.085 and more, since the density of a product is infinite at 0.
"""


def surroundings(penalty: Penalty, looks: list[Look]) -> Surroundings | None:
    """Return how the points looked at surround the real samples, or `None` if they do not."""
    if any(one.points.shape != one.real.shape for one in looks) or _depends_on_fake(penalty):
        return None
    moves = torch.stack([one.points - one.real for one in looks])  # (calls, B, D)
    spread = torch.stack([one.real.std() for one in looks]).mean()
    distance = float(moves.square().mean().sqrt() / spread)
    if not 0 < distance <= FARTHEST:
        return None
    lengths = moves.square().mean(2).sqrt()  # (calls, B)
    within = float((lengths.std(1) / lengths.mean(1)).mean())
    between = float(lengths.mean(1).std() / lengths.mean())
    tiny = float((moves.abs() < 0.05 * lengths.unsqueeze(2)).double().mean())
    return Surroundings(distance, within < 0.2 and between > 0.25, tiny > TINY, tiny)


def _depends_on_fake(penalty: Penalty) -> bool:
    """Return whether the same seed and real samples with other fake samples give other points.

    Where the same call twice gives other points too, the nearest sample tells.
    """
    form = penalty.form
    seen = [one for fake in (0, 0, 1) for one in look(penalty, apart(form, 0, fake))]
    if len(seen) < 3 or len({one.points.shape for one in seen}) > 1:
        return True
    first, again, other = seen
    if torch.equal(first.points, again.points):
        return not torch.allclose(first.points, other.points, atol=1e-9)
    to_real, to_fake = ((first.points - x).square().sum() for x in (first.real, first.fake))
    return bool(to_real > 0.1 * to_fake)
