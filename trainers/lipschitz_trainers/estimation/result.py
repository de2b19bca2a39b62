"""What an estimate of a distance consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lipschitz.critic import scores_of


@dataclass(frozen=True, eq=False)
class W1Estimate:
    """What a critic f, trained to tell x from y, says about the Wasserstein-1 distance between them.

    All in the units of the samples.

    Attributes:
        value: mean of f(x) minus mean of f(y); the distance itself for the best f of Lipschitz constant K = 1.
        lipschitz_lower: the steepest slope found, K is at least that; `None` where there is none to be had.
        lipschitz_upper: a certified bound, K is at most that; `None` where there is none.
        lower_bound: a certified lower bound of the distance between the two samples (up to rounding in float64); it
            needs no Lipschitz constant. `None` where there are too many pairs of samples.
        exact: the distance between the two samples, by linear programming; `None` where there are too many.
        reasons: why a bound of K is missing, by ``"lower"`` or ``"upper"``.
        critic: f, from points of the shape of a sample to scores, (b, ...) to (b,).
    """

    value: float
    lipschitz_lower: float | None
    lipschitz_upper: float | None
    lower_bound: float | None
    exact: float | None
    reasons: dict[str, str] = field(repr=False)
    critic: nn.Module = field(repr=False)

    @property
    def by_lower(self) -> float | None:
        """`value` over the steepest slope found: comparable between constraints, no bound of the distance."""
        return self.value / self.lipschitz_lower if self.lipschitz_lower else None

    @property
    def by_upper(self) -> float | None:
        """`value` over the certified bound of K: at most the distance between the samples, often far below."""
        return self.value / self.lipschitz_upper if self.lipschitz_upper else None


class OnSamples(nn.Module):
    """A critic of standardized samples, as a critic of the samples as they are, of the same Lipschitz constant."""

    centre: Tensor
    scale: Tensor

    def __init__(self, critic: nn.Module, centre: Tensor, scale: Tensor) -> None:
        """Wrap a critic of (x - centre) / scale."""
        super().__init__()
        self.critic = critic
        self.register_buffer("centre", centre)
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        """Map samples (b, ...) to scores (b,), in the units of the samples."""
        standardized = ((x.to(self.centre) - self.centre) / self.scale).float()
        scores = self.scale * scores_of(self.critic(standardized), len(x)).to(self.scale)
        # Samples in float64 may have units that float32 has no numbers for.
        return scores.to(torch.promote_types(x.dtype, torch.float32))
