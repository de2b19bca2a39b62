"""What others have reached on the Wasserstein-1 benchmark, to stand beside what we measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DIMENSIONS = (2, 4, 8, 16, 32, 64, 128)
"""Of the published pairs."""


class Published(NamedTuple):
    """A published result: one seed, 4,096 points of P.

    Attributes:
        cosine: mean cosine between the critic's gradient and the optimal one's.
        w1: the critic's value.
    """

    cosine: float
    w1: float


def published(dimension: int, funnels: int) -> Mapping[str, Published]:
    """Return the published results on a pair, by solver; empty for a pair that is not among the published ones.

    Solvers that stand for a constraint are called by its name; ``sorting_out`` is ``orthogonal`` with a critic that
    sorts. With more than 4 funnels only these five are listed here; others were published too.

    Source: Korotin, Kolesov, Burnaev: Kantorovich strikes back! Wasserstein GANs are not optimal transport?, 2022,
    arXiv 2206.07767, section 5; the numbers are those of the published code's result files, rounded to two places.

    Example:
        >>> published(2, 4)["two_sided_gradient_penalty"]
        Published(cosine=0.84, w1=0.86)
    """
    return _BY_PAIR.get((dimension, funnels), {})


_TABLE = """
  4 weight_clipping           0.07/0.03 0.27/0.41 0.34/1.11 0.33/1.72 0.4/2.85 0.39/3.31 0.36/9.44
  4 two_sided_gradient_penalty 0.84/0.86 0.95/1.45 0.96/2 0.96/2.07 0.95/1.98 0.92/1.38 0.92/1.14
  4 one_sided_gradient_penalty 0.82/0.89 0.95/1.48 0.96/1.98 0.96/2.12 0.95/1.92 0.92/1.46 0.93/1.14
  4 spectral_norm             0.21/0.15 0.36/0.44 0.35/0.59 0.35/0.63 0.42/0.73 0.43/0.65 0.37/0.37
  4 sorting_out               0.77/0.76 0.9/1.27 0.89/1.68 0.97/1.89 0.98/1.78 0.96/1.42 0.93/1.05
  4 lsot                      0.56/0.43 0.7/0.45 0.36/0.24 -0.16/-0.16 -0.36/-0.36 -0.54/-0.43 -0.53/-0.38
  4 wgan_qp                   0.86/0.79 0.91/1.08 0.75/0.74 0.23/0.11 -0.27/-0.23 -0.53/-0.39 -0.57/-0.38
  4 cowgan                    0.85/0.8 0.96/1.42 0.94/2.09 0.83/2.86 0.56/4.05 0.54/4.6 0.5/7.2
  4 three_player              0.8/0.79 0.91/1.35 0.95/1.85 0.94/1.96 0.89/1.76 0.66/1.22 0.49/0.97
  4 three_player_reversed     0.68/0.8 0.92/1.37 0.97/1.89 0.96/2.06 0.94/2.26 0.68/3.32 0.51/0.6
  4 discrete                  0.86/0.82 0.84/1.43 0.56/2.42 0.18/4.13 -0.09/7.26 -0.28/12 -0.35/18.9
 16 weight_clipping           0.07/0.04 0.09/0.19 0.21/0.61 0.24/1.59 0.21/1 0.2/1.31 0.21/5.91
 16 two_sided_gradient_penalty 0.68/0.42 0.86/1.06 0.93/1.7 0.91/1.81 0.9/1.71 0.75/1.09 0.8/0.92
 16 one_sided_gradient_penalty 0.81/0.48 0.9/1.06 0.93/1.66 0.92/1.81 0.9/1.61 0.76/1.15 0.75/0.87
 16 spectral_norm             0.16/0.08 0.24/0.18 0.26/0.34 0.25/0.46 0.22/0.29 0.22/0.32 0.23/0.29
 16 sorting_out               0.7/0.28 0.73/0.56 0.75/1.04 0.85/1.46 0.94/1.52 0.95/1.37 0.92/0.97
 64 weight_clipping           0.07/-0.01 0.09/0.06 0.12/0.21 0.15/0.52 0.18/0.52 0.13/0.7 0.14/2.8
 64 two_sided_gradient_penalty 0.36/0.13 0.67/0.58 0.82/1.16 0.78/1.36 0.73/1.19 0.61/0.81 0.64/0.71
 64 one_sided_gradient_penalty 0.68/0.22 0.82/0.69 0.83/1.18 0.78/1.35 0.73/1.18 0.6/0.83 0.62/0.69
 64 spectral_norm             0.08/0 0.15/0.08 0.19/0.18 0.16/0.2 0.14/0.19 0.12/0.15 0.14/0.19
 64 sorting_out               0.66/0.09 0.5/0.26 0.48/0.54 0.57/0.85 0.74/1.06 0.83/1.08 0.64/0.69
256 weight_clipping           0.01/-0.01 0.04/0.02 0.1/0.09 0.16/0.28 0.17/0.3 0.14/0.36 0.11/1.09
256 two_sided_gradient_penalty 0.19/0.04 0.37/0.22 0.59/0.71 0.61/0.91 0.56/0.87 0.53/0.67 0.56/0.6
256 one_sided_gradient_penalty 0.49/0.1 0.65/0.39 0.68/0.78 0.6/0.91 0.55/0.8 0.53/0.69 0.56/0.64
256 spectral_norm             0.04/0 0.1/0.02 0.13/0.08 0.18/0.14 0.14/0.12 0.11/0.12 0.09/0.1
256 sorting_out               0.55/0.04 0.31/0.09 0.26/0.29 0.4/0.55 0.54/0.73 0.66/0.8 0.61/0.65
"""
# Funnels, solver, then cosine/W1 by dimension.


def _read(table: str) -> dict[tuple[int, int], dict[str, Published]]:
    found: dict[tuple[int, int], dict[str, Published]] = {}
    for line in table.strip().splitlines():
        funnels, solver, *results = line.split()
        for dimension, result in zip(DIMENSIONS, results, strict=True):
            cosine, w1 = map(float, result.split("/"))
            found.setdefault((dimension, int(funnels)), {})[solver] = Published(cosine, w1)
    return found


_BY_PAIR = _read(_TABLE)
