"""The pairs of the Wasserstein-1 benchmark, as a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from lipschitz_trainers.data.known_pairs import KnownPair
from lipschitz_trainers.truth import MinFunnelsTruth


@dataclass(frozen=True, kw_only=True)
class MinFunnels(KnownPair):
    """Wasserstein-1 benchmark pairs: Q is uniform on a cube, P is Q moved down the rays of a minimum of cones.

    The optimal potential is u(x) = min over n of |x - a_n| + b_n, see `lipschitz_trainers.truth.MinFunnelsTruth`. The
    published pairs have dimension 2, 4, ..., 128, funnels 4, 16, 64 or 256, and the default seed and power.

    Attributes:
        dimension: number of coordinates.
        funnels: number of cones.
        seed: of the cones' centres and heights.
        power: how far points are moved: from the share t of a ray to t^power.
        side: ``p``, the real side of the published benchmark, or ``q``, the uniform one.

    References:
        Korotin, Kolesov, Burnaev: Kantorovich strikes back! Wasserstein GANs are not optimal transport?, 2022,
        arXiv 2206.07767, section 4.

    Example:
        >>> import torch
        >>> source = MinFunnels(dimension=16, funnels=64).open()
        >>> source.train(torch.Generator().manual_seed(0)).next(256).x.shape
        torch.Size([256, 16])
    """

    name = "min_funnels"

    dimension: Annotated[int, Ge(1)] = 2
    funnels: Annotated[int, Ge(1)] = 4
    seed: Annotated[int, Ge(0), Lt(2**63)] = 987
    power: Annotated[float, Gt(1)] = 8.0

    def truth(self) -> MinFunnelsTruth:
        """Return what is known of the pair."""
        return MinFunnelsTruth(
            dimension=self.dimension, funnels=self.funnels, seed=self.seed, power=self.power
        )
