"""Points on both sides of a smooth hypersurface, as a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from lipschitz_trainers.data.known_pairs import KnownPair
from lipschitz_trainers.truth import WavySurfaceTruth


@dataclass(frozen=True, kw_only=True)
class WavySurface(KnownPair):
    """A pair with a smooth potential: points moved along the normals of a wavy hypersurface, to one side of it.

    The optimal potential is the signed distance to the surface, which is no maximum of cones or of affine functions;
    W1 has a closed form, see `lipschitz_trainers.truth.WavySurfaceTruth`.

    Attributes:
        dimension: number of coordinates, at least 2.
        waves: number of sine waves the surface is the sum of.
        frequency: their mean frequency; the larger, the harder.
        slope: root mean square slope of the surface; the larger, the harder.
        power: how far points are moved: from the share t of their segment to t^power.
        seed: of the surface.
        side: ``p``, the side below, or ``q``, uniform along every normal.

    References:
        Federer: Curvature measures, 1959, Transactions of the American Mathematical Society 93(3), theorem 4.8.

    Example:
        >>> import torch
        >>> source = WavySurface(dimension=16).open()
        >>> source.train(torch.Generator().manual_seed(0)).next(256).x.shape
        torch.Size([256, 16])
    """

    name = "wavy_surface"

    dimension: Annotated[int, Ge(2)] = 2
    waves: Annotated[int, Ge(1)] = 16
    frequency: Annotated[float, Gt(0)] = 1.0
    slope: Annotated[float, Gt(0)] = 2.0
    power: Annotated[float, Gt(1)] = 8.0
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0

    def truth(self) -> WavySurfaceTruth:
        """Return what is known of the pair."""
        return WavySurfaceTruth(
            dimension=self.dimension,
            waves=self.waves,
            frequency=self.frequency,
            slope=self.slope,
            power=self.power,
            seed=self.seed,
        )
