"""What others have reached on the Wasserstein-1 benchmark, to stand beside what we measure."""

from __future__ import annotations

import csv
import functools
import importlib.resources
from collections.abc import Mapping
from typing import NamedTuple

DIMENSIONS = (2, 4, 8, 16, 32, 64, 128)
FUNNELS = (4, 16, 64, 256)
"""Of the published pairs, with `DIMENSIONS`."""
TABLE = importlib.resources.files("lipschitz_trainers").joinpath("truth", "published.csv")


class Published(NamedTuple):
    """A published result: one seed, 4,096 points of P.

    Attributes:
        cosine: mean cosine between the critic's gradient and the optimal one's.
        w1: the critic's value.
    """

    cosine: float
    w1: float


def published(dimension: int, funnels: int) -> Mapping[str, Published]:
    """Return the published results on a pair, by solver, the highest cosine first; empty for a pair that has none.

    Each of the 28 published pairs has eleven solvers. Those that stand for a constraint are called by its name;
    ``sorting_out`` is ``orthogonal`` with a critic that sorts, ``discrete`` the optimal plan between two samples.

    Source: Korotin, Kolesov, Burnaev: Kantorovich strikes back! Wasserstein GANs are not optimal transport?, 2022,
    arXiv 2206.07767, section 5; the numbers are those of the published code's result files, rounded to three places.

    Example:
        >>> published(2, 4)["two_sided_gradient_penalty"]
        Published(cosine=0.845, w1=0.857)
    """
    return _by_pair().get((dimension, funnels), {})


@functools.cache
def _by_pair() -> dict[tuple[int, int], dict[str, Published]]:
    found: dict[tuple[int, int], dict[str, Published]] = {}
    for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()):
        of_pair = found.setdefault((int(row["dimension"]), int(row["funnels"])), {})
        of_pair[row["solver"]] = Published(float(row["cosine"]), float(row["w1"]))
    return found
